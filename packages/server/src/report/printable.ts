/**
 * Takes the control characters out of text that a page or a file name brought along: a terminal would obey them.
 * Tabs and line breaks stay.
 */
export const printable = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(controls, '');

/** The same on one line. */
export const onOneLine = (text: string): string => printable(text.replaceAll(/\s+/g, ' ')).trim();

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
