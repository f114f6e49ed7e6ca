/** How much is going on. */
export type Load = 'low' | 'medium' | 'high';

/** What is pooled: `native` resources cost a megabyte or two, `wasm` instances ten to fifty. */
export type ResourceWeight = 'native' | 'wasm';

/** Sizes to start from, for each kind of resource and load. */
export const PRESETS: Readonly<
  Record<ResourceWeight, Readonly<Record<Load, { readonly min: number; readonly max: number }>>>
> = {
  native: {
    low: { min: 5, max: 20 },
    medium: { min: 10, max: 50 },
    high: { min: 20, max: 100 },
  },
  wasm: {
    low: { min: 2, max: 10 },
    medium: { min: 5, max: 20 },
    high: { min: 10, max: 50 },
  },
};
