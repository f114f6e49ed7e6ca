/** pg-pool brings no types; this is what the bench uses of it. */
declare module 'pg-pool' {
  interface Options {
    readonly Client: new () => object;
    readonly max: number;
    readonly connectionTimeoutMillis: number;
    readonly idleTimeoutMillis?: number;
  }
  export default class Pool {
    constructor(options: Options);
    connect(): Promise<{ readonly id: number; release(destroy?: boolean): void }>;
    end(): Promise<void>;
  }
}
