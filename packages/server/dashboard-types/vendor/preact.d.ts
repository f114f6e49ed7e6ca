/** The types of `vendor/preact.js`: Preact, its hooks and `html` in one file, as `htm/preact/standalone` has them. */
import type { ComponentChild } from 'preact';

export { render } from 'preact';
export * from 'preact/hooks';
export declare function html(strings: TemplateStringsArray, ...values: unknown[]): ComponentChild;
