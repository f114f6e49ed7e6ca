import {
  create,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import type { Clock } from '@rockpool/core';
import type { Session } from '../connection/session.js';
import { GrpcError } from '../errors.js';
import type { UnaryMethod } from '../wire/unary.js';
import { Call } from './call.js';
import type { CallMetadata } from './headers.js';
import type { CallStatus } from './status.js';

/** What a unary call is made with. */
export interface UnaryOptions extends CallMetadata {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly maxMessageBytes: number;
}

/**
 * Makes one call and waits for its answer.
 * @throws GrpcError when it ends with another status than OK, or not in time (DEADLINE_EXCEEDED)
 */
export function callUnary<Request extends Message, Response extends Message>(
  session: Session,
  method: UnaryMethod<Request, Response>,
  init: MessageInitShape<GenMessage<Request>>,
  options: UnaryOptions,
): Promise<Response> {
  const { clock, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    let answer: Uint8Array | undefined;
    const fail = (status: CallStatus): void =>
      reject(new GrpcError(status, session.endpoint.origin, method.name));
    const timer = clock.setTimeout(() => {
      call.cancel();
      fail({ status: 'DEADLINE_EXCEEDED', message: `no answer within ${timeoutMs} ms` });
    }, timeoutMs);
    const call = new Call(
      { ...options, session, method: method.name },
      {
        onOpen: () => {},
        onMessage: (message) => {
          answer = message;
        },
        onFault: (fault) => {
          call.cancel();
          clock.clearTimeout(timer);
          fail({ status: 'INTERNAL', message: `the answer cannot be read (${fault.kind})` });
        },
        onBatchEnd: () => {},
        onEnd: (status) => {
          clock.clearTimeout(timer);
          if (status.status !== 'OK') fail(status);
          else if (answer === undefined) fail({ status: 'INTERNAL', message: 'an empty answer' });
          else resolve(fromBinary(method.response, answer));
        },
      },
    );
    call.send(toBinary(method.request, create(method.request, init)));
    call.closeWriting();
  });
}
