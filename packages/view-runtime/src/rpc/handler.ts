import { type Clock, systemClock } from '@rockpool/core';
import {
  createJSONRPCErrorResponse,
  type JSONRPCErrorResponse,
  type JSONRPCRequest,
  JSONRPCServer,
} from 'json-rpc-2.0';
import { reasonOf, ViewError } from '../errors.js';
import { quietLogger, type ViewLogger } from '../log.js';
import { METHODS, NotThereError, type RpcContext } from './methods.js';
import { InvalidParamsError } from './parameters.js';

/** How requests are answered. */
export interface RpcOptions extends RpcContext {
  /**
   * `standard`: the codes of JSON-RPC 2.0, with the reason in `data` · `upstream`: code -32000 and the message that
   * metashrew itself would give. Default `'standard'`.
   */
  readonly errors?: 'standard' | 'upstream' | undefined;
  /** Requests in one batch at most. Default 100. */
  readonly maxBatch?: number | undefined;
  readonly logger?: ViewLogger | undefined;
  /** Calls that take longer are told to the logger, in milliseconds, as metashrew does. Default 100. */
  readonly slowCallMs?: number | undefined;
  /** Default {@link systemClock}. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/**
 * Answers one request or one batch that has been parsed from JSON. `undefined`: there is nothing to answer, because
 * all were notifications. Never rejects.
 */
export type JsonRpcHandler = (request: unknown, signal?: AbortSignal) => Promise<unknown>;

/** Codes of JSON-RPC 2.0; -32000 is the first of those left to the server. */
export const RPC_CODES: Readonly<
  Record<'parse' | 'request' | 'method' | 'params' | 'internal' | 'server', number>
> = {
  parse: -32_700,
  request: -32_600,
  method: -32_601,
  params: -32_602,
  internal: -32_603,
  server: -32_000,
};

/** The methods of metashrew as a function, without HTTP. */
export function createJsonRpcHandler(options: RpcOptions): JsonRpcHandler {
  const { errors = 'standard', maxBatch = 100, logger = quietLogger } = options;
  const { slowCallMs = 100, clock = systemClock } = options;
  const server = new JSONRPCServer<AbortSignal | undefined>({ errorListener: () => {} });
  for (const [name, method] of METHODS) {
    server.addMethod(name, (params: unknown, signal) => {
      return method(options, paramsOf(params), signal);
    });
  }
  server.mapErrorToJSONRPCErrorResponse = (id, error) => {
    if (!isExpected(error)) logger.error(`a request failed: ${reasonOf(error)}`);
    return errorResponse(id, error, errors);
  };
  const one = async (request: unknown, signal: AbortSignal | undefined): Promise<unknown> => {
    const problem = problemOf(request);
    if (problem !== undefined) return invalidRequest(idOf(request), problem);
    const { method } = request as JSONRPCRequest;
    if (!METHODS.has(method) && !('id' in (request as object))) return undefined;
    if (!METHODS.has(method)) return methodNotFound(idOf(request), method, errors);
    const startedAt = clock.now();
    const response = await server.receive(request as JSONRPCRequest, signal);
    const tookMs = clock.now() - startedAt;
    if (tookMs > slowCallMs) logger.info(`Slow RPC call: ${method} took ${Math.round(tookMs)}ms`);
    return response ?? undefined;
  };
  return async (request, signal) => {
    if (!Array.isArray(request)) return one(request, signal);
    if (request.length === 0) return invalidRequest(null, 'a batch must not be empty');
    if (request.length > maxBatch) {
      return invalidRequest(null, `a batch of ${request.length} requests; at most ${maxBatch}`);
    }
    const answers = await Promise.all(request.map((each: unknown) => one(each, signal)));
    const said = answers.filter((answer) => answer !== undefined);
    return said.length === 0 ? undefined : said;
  };
}

/** The answer to a body that is not JSON. */
export function parseErrorResponse(reason: string): unknown {
  return createJSONRPCErrorResponse(null, RPC_CODES.parse, 'Parse error', { reason });
}

type Id = string | number | null;

function problemOf(request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return 'a request must be an object';
  }
  const { method, params, id, jsonrpc } = request as Record<string, unknown>;
  if (jsonrpc !== '2.0') return 'jsonrpc must be "2.0"';
  if (typeof method !== 'string') return 'method must be a text';
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return 'params must be an array';
  }
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return 'id must be a text, a number or null';
  }
  return undefined;
}

function idOf(request: unknown): Id {
  if (typeof request !== 'object' || request === null) return null;
  const { id } = request as { id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function paramsOf(params: unknown): readonly unknown[] {
  if (params === undefined) return [];
  if (Array.isArray(params)) return params as unknown[];
  throw new InvalidParamsError(
    'params must be an array: the methods of metashrew have no named ones',
  );
}

function invalidRequest(id: Id, reason: string): JSONRPCErrorResponse {
  return createJSONRPCErrorResponse(id, RPC_CODES.request, 'Invalid Request', { reason });
}

function methodNotFound(
  id: Id,
  method: string,
  errors: 'standard' | 'upstream',
): JSONRPCErrorResponse {
  if (errors === 'upstream') {
    return createJSONRPCErrorResponse(id, RPC_CODES.server, 'Generic error: Method not found');
  }
  const data = { method: method.slice(0, 100), known: [...METHODS.keys()] };
  return createJSONRPCErrorResponse(id, RPC_CODES.method, 'Method not found', data);
}

function errorResponse(
  id: Id,
  error: unknown,
  errors: 'standard' | 'upstream',
): JSONRPCErrorResponse {
  if (errors === 'upstream') {
    return createJSONRPCErrorResponse(id, RPC_CODES.server, upstreamMessage(error));
  }
  if (error instanceof InvalidParamsError) {
    const data = { reason: error.message };
    return createJSONRPCErrorResponse(id, RPC_CODES.params, 'Invalid params', data);
  }
  if (error instanceof NotThereError) {
    return createJSONRPCErrorResponse(id, RPC_CODES.server, error.message);
  }
  if (!isExpected(error)) {
    // What went wrong inside is for the log and not for strangers.
    return createJSONRPCErrorResponse(id, RPC_CODES.internal, 'Internal error');
  }
  const { code, message, cause } = error as Error & { readonly code: string };
  const invalid = code === 'ERR_VIEW_ARGUMENT';
  const data = {
    code,
    reason: message,
    ...(cause instanceof Error ? { cause: cause.message } : {}),
  };
  return createJSONRPCErrorResponse(
    id,
    invalid ? RPC_CODES.params : RPC_CODES.server,
    invalid ? 'Invalid params' : message,
    data,
  );
}

function upstreamMessage(error: unknown): string {
  if (error instanceof InvalidParamsError) return error.upstream;
  if (error instanceof NotThereError) return `Storage error: ${error.message}`;
  if (isExpected(error)) return `View function error: ${reasonOf(error)}`;
  return 'Generic error: Internal error';
}

/** An error that tells a client something and gives nothing away. */
function isExpected(error: unknown): boolean {
  if (error instanceof InvalidParamsError || error instanceof NotThereError) return true;
  const { code } = error as { code?: unknown };
  // Where the index lies and what node it follows is nobody's business.
  if (ViewError.is(error)) return !/^ERR_(STORE|INDEX_SOURCE|INDEX_UNREACHABLE)/.test(error.code);
  return code === 'ERR_POOL_QUEUE_FULL' || code === 'ERR_POOL_TIMEOUT';
}
