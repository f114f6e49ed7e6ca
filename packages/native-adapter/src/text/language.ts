import { detect } from 'tinyld/light';

/** Enough to tell a language; more only costs time. */
const sampleChars = 2_000;
const fewestChars = 60;

/** The language of a text as an ISO 639-1 code; null when the text is too short or unlike any known language. */
export function languageOf(text: string): string | null {
  const sample = text.slice(0, sampleChars);
  if (sample.trim().length < fewestChars) return null;
  const found = detect(sample);
  return found === '' ? null : found;
}
