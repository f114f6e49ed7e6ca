import { cp } from 'node:fs/promises';
import { library } from '../../tsup.shared.ts';

/** The page as it is, and what it needs of other packages: copied here, so that it asks nobody for anything. */
async function copyDashboard(): Promise<void> {
  await cp('dashboard', 'dist/dashboard', { recursive: true });
  const vendored = {
    'preact.js': 'htm/preact/standalone.module.js',
    'uplot.js': 'uplot/dist/uPlot.esm.js',
    'uplot.css': 'uplot/dist/uPlot.min.css',
  };
  for (const [name, from] of Object.entries(vendored)) {
    await cp(`node_modules/${from}`, `dist/dashboard/vendor/${name}`);
  }
}

export default library(
  { index: 'src/index.ts', 'metrics/index': 'src/metrics/index.ts' },
  { cli: 'src/cli.ts' },
  copyDashboard,
);
