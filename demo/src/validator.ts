import { type ChainMessage, StandIn } from '@rockpool/yellowstone/testing';
import type { PlayedSlot } from './feed.js';

/** Slots that a server remembers, also over a restart. */
const REMEMBERED = 150;

/** A server that can be killed and started again at the same address, as a real one is. */
export class Validator implements AsyncDisposable {
  readonly #history: PlayedSlot[] = [];
  #server: StandIn;
  readonly #port: number;

  private constructor(server: StandIn) {
    this.#server = server;
    this.#port = server.port;
  }

  static async start(): Promise<Validator> {
    return new Validator(await StandIn.listen());
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Tells a slot to who is subscribed; who comes later may ask for it. */
  publish(played: PlayedSlot): void {
    this.#history.push(played);
    if (this.#history.length > REMEMBERED) this.#history.shift();
    this.#server.publish(played.messages);
  }

  /** Ends all subscriptions; clients may come again at once. */
  cut(): void {
    this.#server.cut();
  }

  /** Breaks all connections without a word. */
  disconnect(): void {
    this.#server.disconnect();
  }

  /** Ends the server, with everything that waited for a client in it. */
  async kill(): Promise<void> {
    await this.#server.close();
  }

  /** Starts it again with what it knew. */
  async restart(): Promise<void> {
    const server = await StandIn.listen({ port: this.#port });
    server.publish(this.#history.flatMap(({ messages }): readonly ChainMessage[] => messages));
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}
