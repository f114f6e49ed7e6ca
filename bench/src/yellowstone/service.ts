import type { DescMessage, DescMethodBiDiStreaming } from '@bufbuild/protobuf';

/** Of a method, what transports of connect read. */
export function subscribeMethod<I extends DescMessage, O extends DescMessage>(
  input: I,
  output: O,
): DescMethodBiDiStreaming<I, O> {
  const method = {
    kind: 'rpc',
    methodKind: 'bidi_streaming',
    name: 'Subscribe',
    localName: 'subscribe',
    parent: { kind: 'service', typeName: 'geyser.Geyser', name: 'Geyser' },
    input,
    output,
    idempotency: 0,
  };
  return method as unknown as DescMethodBiDiStreaming<I, O>;
}
