/**
 * Appended to the extractor for the guest `troubled.wasm`: a page can tell its reader to loop, to trap or to eat memory.
 * Every other page is read as it always is. For tests of what such pages cost their neighbours.
 */
const readWell = run;

run = (html, url, mode) => {
  const [, trouble] = /data-trouble="(\w+)"/.exec(html) ?? [];
  if (trouble === 'loops') for (;;);
  if (trouble === 'traps') throw new Error('a bug in the guest');
  if (trouble === 'eats') {
    const eaten = [];
    for (;;) eaten.push(new Uint8Array(1 << 20).fill(1));
  }
  return readWell(html, url, mode);
};
