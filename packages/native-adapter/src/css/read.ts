import { render } from 'dom-serializer';
import { type Element, isText } from 'domhandler';
import { attribute } from '../html/elements.js';
import { markdownOf } from '../html/markdown.js';
import { collapse, textOf } from '../html/text.js';
import type { Take } from './field.js';

/** What a field reads from an element; null when the element does not have it. */
export function readElement(
  element: Element,
  take: Take,
  baseUrl: string | undefined,
): string | null {
  if (Array.isArray(take)) return firstAttribute(element, take as readonly string[]);
  switch (take) {
    case 'text':
      return readableText(element);
    case 'ownText':
      return collapse(element.children.map((child) => (isText(child) ? child.data : ' ')).join(''));
    case 'html':
      return render(element.children);
    case 'outerHtml':
      return render(element);
    case 'markdown':
      return markdownOf(element, { baseUrl });
    default:
      return firstAttribute(element, [take as string]);
  }
}

/** The words of an element; of an element without content, the attribute that carries them. */
export function readableText(element: Element): string {
  switch (element.name) {
    case 'meta':
      return attribute(element, 'content')?.trim() ?? '';
    case 'img':
      return attribute(element, 'alt')?.trim() ?? '';
    default:
      return textOf(element);
  }
}

function firstAttribute(element: Element, names: readonly string[]): string | null {
  for (const name of names) {
    const value = attribute(element, name.slice(1).toLowerCase());
    if (value !== undefined) return value;
  }
  return null;
}
