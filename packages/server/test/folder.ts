import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with these files; removed when the tests of the file have ended. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'rockpool-server-'));
  made.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** A page with an article about `title`. */
export function page(title: string): string {
  const sentence = `Everything there is to say about ${title} has been said on this harbour wall before, slowly, and by people who had the time, the boots and the patience for it. `;
  return `<!doctype html><html lang="en"><head><title>${title}</title><meta name="author" content="Ada Lind"></head>
<body><nav><a href="/">Home</a></nav><article><h1>${title}</h1>
<p>${sentence.repeat(3)}</p><p>${sentence.repeat(3)} Write to harbour@example.com.</p><p><a class="next" href="/next">Next</a></p>
</article></body></html>`;
}
