import { maskPairs } from '../isapi/secrets/texts.js';
import { displayText } from './byte-string.js';
import { escapeControls } from './logging/error-record.js';

/** A request's target for people, what is secret in it masked as in traces. */
export function maskedTarget(target: string): string {
  return escapeControls(maskPairs(displayText(target)));
}
