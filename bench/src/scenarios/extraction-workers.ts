import { configure, createExtractionPool } from '@rockpool/extraction';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import { samplePages } from '../sample-pages.js';
import { extractorFile } from '../wasm/extractor.js';
import type { Mode, Scenario } from './scenario.js';

const PLANS: Readonly<Record<Mode, Plan>> = {
  full: { rounds: 15, sampleMs: 400, warmUpMs: 3_000, clock: 'wall' },
  quick: { rounds: 3, sampleMs: 150, warmUpMs: 1_000, clock: 'wall' },
};

/** How much faster pages are read by two guests than by one: wall time, which means something only on idle cores. */
export const extractionWorkersScenario: Scenario = {
  id: 'extraction-workers',
  title:
    'reading the sample pages with the extractor component in one worker and in two (wall time)',
  peers: () => [],
  async run(_subjects, mode) {
    const component = await extractorFile();
    const lanes = [reader('rockpool', component, 2), reader('1 worker', component, 1)];
    const measured = await measureRounds(lanes, PLANS[mode]);
    return measured.map(({ name, ns, against }) => ({
      subject: name,
      part: 'page',
      unit: 'ns',
      value: ns,
      against,
    }));
  },
};

/** Two callers for each worker, so that none of them waits for work. */
function reader(name: string, component: string, workers: number): Entry {
  const argument = {
    wasm: { initialPoolSize: workers, maxPoolSize: workers },
    health: { enabled: false },
  };
  const extraction = createExtractionPool({
    name,
    component,
    configuration: configure({ argument }),
  });
  const pages = samplePages();
  let page = 0;
  return {
    name,
    async sample(units) {
      let left = units;
      const caller = async (): Promise<void> => {
        while (left-- > 0) {
          const html = pages[page++ % pages.length];
          if (html === undefined) throw new Error('there are no sample pages');
          const { parserMetadata } = await extraction.extract(html, 'https://example.com/');
          if (parserMetadata.fallbackOccurred) throw new Error('a page was read natively');
        }
      };
      await Promise.all(Array.from({ length: 2 * workers }, caller));
    },
  };
}
