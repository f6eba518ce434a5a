import type { TextExpression } from '../../config/expression/index.js';
import { messageOf } from '../../errors.js';
import { displayText } from '../../http/byte-string.js';
import { expressionScope } from '../../http/expression-scope.js';
import type { Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';

/** AuthBasicFake: who the extensions are told that the user is. */
export interface FakeUser {
  readonly user: TextExpression;
  readonly password: TextExpression;
}

/** Puts an Authorization header in the place of the client's; an empty name or password takes it away. */
export function fakeAuthorization(request: HttpRequest, fake: FakeUser): Outcome {
  const path = displayText(request.path);
  const values: string[] = [];
  for (const part of ['user', 'password'] as const) {
    const name = part === 'user' ? 'username' : 'password';
    let value: string;
    try {
      value = fake[part].text(expressionScope(request));
    } catch (error) {
      request.log('fakeUserFailed', { part, path, reason: messageOf(error) });
      return 500;
    }
    if (value === '') {
      request.log('fakeUserEmpty', { part: name, path });
      request.rawHeaders = withoutAuthorization(request.rawHeaders);
      return 'declined';
    }
    values.push(value);
  }
  const encoded = Buffer.from(values.join(':'), 'latin1').toString('base64');
  const headers = withoutAuthorization(request.rawHeaders);
  request.rawHeaders = [...headers, 'Authorization', `Basic ${encoded}`];
  request.log('fakeUserSet', { path, user: displayText(values[0] ?? '') });
  return 'declined';
}

function withoutAuthorization(headers: readonly string[]): string[] {
  return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== 'authorization');
}
