import { Form } from './layout.js';

/** One answer of a batch, as it lies in the output slot: its form, the bytes of its text, the text. */
export interface AnswerRecord {
  readonly form: number;
  readonly text: string;
}

const headBytes = 8;

/** Writes the answers of a batch one behind the other, so that those written survive whatever happens to the next. */
export class RecordWriter {
  readonly #slot: Buffer;
  #at = 0;

  constructor(slot: Buffer) {
    this.#slot = slot;
  }

  begin(): void {
    this.#at = 0;
  }

  /** Says whether a text of this length has room, with a record without text behind it for each call to come. */
  fits(textLength: number, callsToCome: number): boolean {
    const most = headBytes + textLength * 3 + callsToCome * headBytes;
    return this.#at + most <= this.#slot.length;
  }

  write(form: number, text = ''): void {
    const length = text === '' ? 0 : this.#slot.write(text, this.#at + headBytes, 'utf8');
    this.#slot.writeInt32LE(form, this.#at);
    this.#slot.writeInt32LE(length, this.#at + 4);
    this.#at += headBytes + length;
  }
}

/** The first `count` answers of a batch. */
export function readRecords(slot: Buffer, count: number): AnswerRecord[] {
  const records: AnswerRecord[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const form = slot.readInt32LE(at);
    const end = at + headBytes + slot.readInt32LE(at + 4);
    records.push({
      form,
      text: form === Form.json ? slot.toString('utf8', at + headBytes, end) : '',
    });
    at = end;
  }
  return records;
}
