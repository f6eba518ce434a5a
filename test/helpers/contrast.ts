import type { Page } from 'playwright-core';

/** Texts whose contrast is below that of WCAG 2, level AA. */
export interface ContrastReport {
  /** how many texts were looked at */
  readonly texts: number;
  readonly problems: readonly string[];
}

/** Looks at the colours of every text of a page that can be seen, as they are drawn. */
export function contrastProblems(page: Page): Promise<ContrastReport> {
  return page.evaluate<ContrastReport>(MEASURE);
}

/** Runs in the page. Large text is 24 px, or bold and 18.66 px. */
const MEASURE = `(() => {
  const colourOf = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top, below) => {
    const mix = (index) => top[index] * top[3] + below[index] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const backgroundOf = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = colourOf(getComputedStyle(each).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const problems = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (text === '' || !element.checkVisibility() || element.closest('script, style, .unseen')) continue;
    texts++;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const background = backgroundOf(element);
    const one = luminance(over(colourOf(style.color), background));
    const other = luminance(background);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) {
      problems.push(ratio.toFixed(2) + ': ' + text.slice(0, 40) + ' (' + style.color + ')');
    }
  }
  return { texts, problems };
})()`;
