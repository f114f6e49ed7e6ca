export type { ArticleMode, ArticleStrategy, ExtractedDoc } from './article/document.js';
export {
  ArticleExtractor,
  type ArticleExtractorOptions,
  extractArticle,
} from './article/extractor.js';
export type { ExtractContext } from './context.js';
export { type CssExtraction, CssExtractor } from './css/extractor.js';
export {
  type CssField,
  type CssSchema,
  cssPresets,
  defaultFields,
  type HasText,
  type MergePolicy,
  type Take,
} from './css/field.js';
export { type ConflictAudit, type MergedFields, mergeExtractions } from './css/merge.js';
export type { CssExtractorOptions } from './css/options.js';
export type { CssRecord, FieldReport } from './css/plan.js';
export { type CompiledSelector, compileSelector, SelectorCache } from './css/selector.js';
export type {
  BuiltinTransform,
  Transform,
  TransformContext,
  TransformSpec,
} from './css/transforms.js';
export {
  ExtractError,
  type ExtractErrorCode,
  type ExtractErrorDetails,
  ExtractionTimeoutError,
  InputError,
  InvalidPatternError,
  InvalidSelectorError,
} from './errors.js';
export type { ExtractorState, GuardOptions } from './guard.js';
export type { Link, Media } from './html/links.js';
export { type MarkdownOptions, markdownOf } from './html/markdown.js';
export { type HtmlParserName, parseHtml } from './html/parse.js';
export { type TextOptions, textOf } from './html/text.js';
export type { LinkKind } from './html/url.js';
export { type HtmlInput, type InputKind, readInput } from './input.js';
export { defaultLimits, type ExtractLimits } from './limits.js';
export type { ExtractorKind, NativePoolConfig, ResolvedNativePoolConfig } from './pool/config.js';
export { ArticleLease, CssLease, RegexLease } from './pool/lease.js';
export type { NativePoolMetrics } from './pool/metrics.js';
export {
  type CheckoutOptions,
  type LeaseByKind,
  NativeExtractorPool,
  type NativePools,
} from './pool/native-extractor-pool.js';
export {
  type RegexExtraction,
  RegexExtractor,
  type RegexExtractorOptions,
  type RegexMatch,
} from './regex/extractor.js';
export {
  type CompiledPattern,
  compilePattern,
  type PatternMatch,
  type PatternOptions,
  type RegexEngine,
} from './regex/pattern.js';
export { type RegexPattern, type RegexPreset, regexPresets } from './regex/presets.js';
export type { Validator } from './regex/validators.js';
