import type { DescFile, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  bytes,
  describeFile,
  fields,
  message,
  messageIn,
  repeated,
  string,
  u64,
} from '../wire/schema.js';

/** The messages of `proto/outputs.proto`. */
export const SERVICE = 'rockpool.outputs.v1.Outputs';

export interface SubscribeRequest extends Message<'rockpool.outputs.v1.SubscribeRequest'> {
  pipeline: string;
}
export interface OutputValue extends Message<'rockpool.outputs.v1.Value'> {
  sequence: bigint;
  payload: Uint8Array;
}
interface ListResponse extends Message<'rockpool.outputs.v1.ListResponse'> {
  pipelines: PipelineInfo[];
}
interface PipelineInfo extends Message<'rockpool.outputs.v1.Pipeline'> {
  id: string;
  kind: string;
}

const file: DescFile = describeFile('rockpool/outputs/v1/outputs.proto', 'rockpool.outputs.v1', {
  SubscribeRequest: fields<SubscribeRequest>({ pipeline: string(1) }),
  Value: fields<OutputValue>({ sequence: u64(1), payload: bytes(2) }),
  ListRequest: {},
  ListResponse: fields<ListResponse>({
    pipelines: repeated(message<PipelineInfo>(1, 'rockpool.outputs.v1.Pipeline')),
  }),
  Pipeline: fields<PipelineInfo>({ id: string(1), kind: string(2) }),
});

export const SubscribeRequestSchema: GenMessage<SubscribeRequest> = messageIn(
  file,
  'rockpool.outputs.v1.SubscribeRequest',
);
export const OutputValueSchema: GenMessage<OutputValue> = messageIn(
  file,
  'rockpool.outputs.v1.Value',
);
export const ListResponseSchema: GenMessage<ListResponse> = messageIn(
  file,
  'rockpool.outputs.v1.ListResponse',
);
