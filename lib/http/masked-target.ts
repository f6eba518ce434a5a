import { displayText } from './byte-string.js';
import { escapeControls } from './logging/error-record.js';

/** Names of parameters whose values are nobody's business. */
const SECRET = /pass|pwd|secret|token|auth|credential|session|sid$|key$|pin$/i;

/** A request's target for people, the values of parameters that look like secrets masked. */
export function maskedTarget(target: string): string {
  const shown = escapeControls(displayText(target));
  const query = shown.indexOf('?');
  if (query < 0) return shown;
  const parameters = shown
    .slice(query + 1)
    .split('&')
    .map((parameter) => {
      const end = parameter.indexOf('=');
      return end >= 0 && SECRET.test(parameter.slice(0, end)) ? `${parameter.slice(0, end)}=***` : parameter;
    });
  return `${shown.slice(0, query)}?${parameters.join('&')}`;
}
