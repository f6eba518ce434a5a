import { isSecretField } from './names.js';

const ASTERISK = 0x2a;

/** A longer name is taken for a secret's. */
const MAX_NAME = 1024;

type JsonState = 'outside' | 'string' | 'value' | 'secret string' | 'secret scalar' | 'secret nest';

/** JSON: the values of members with the name of a secret, whatever they hold. */
export class JsonMasker {
  #state: JsonState = 'outside';
  #escaped = false;
  #name = '';
  #depth = 0;
  /** inside a string of a nested value */
  #quoted = false;

  mask(piece: Uint8Array): Buffer {
    const shown = Buffer.from(piece);
    for (let i = 0; i < shown.length; i++) {
      if (this.#take(String.fromCharCode(shown[i] ?? 0))) shown[i] = ASTERISK;
    }
    return shown;
  }

  /** Takes a character; whether it is a part of a secret. */
  #take(character: string): boolean {
    switch (this.#state) {
      case 'outside':
        this.#outside(character);
        return false;
      case 'string':
        if (this.#endsString(character)) this.#state = 'outside';
        else if (this.#name.length <= MAX_NAME) this.#name += character;
        return false;
      case 'value':
        return this.#beginValue(character);
      case 'secret string':
        if (!this.#endsString(character)) return true;
        this.#state = 'outside';
        return false;
      case 'secret scalar':
        if (!/[,}\]\s]/.test(character)) return true;
        this.#state = 'outside';
        return false;
      case 'secret nest':
        return this.#nested(character);
    }
  }

  #outside(character: string): void {
    if (character === '"') {
      this.#state = 'string';
      this.#name = '';
    } else if (character === ':') {
      if (this.#name.length > MAX_NAME || isSecretField(unescaped(this.#name))) this.#state = 'value';
      this.#name = '';
    } else if (!/\s/.test(character)) this.#name = '';
  }

  #beginValue(character: string): boolean {
    if (/\s/.test(character)) return false;
    if (character === '"') {
      this.#state = 'secret string';
      return false;
    }
    if (character === '{' || character === '[') {
      this.#state = 'secret nest';
      this.#depth = 1;
      return false;
    }
    this.#state = 'secret scalar';
    return true;
  }

  #nested(character: string): boolean {
    if (this.#quoted) {
      if (this.#endsString(character)) this.#quoted = false;
      return true;
    }
    if (character === '"') this.#quoted = true;
    else if (character === '{' || character === '[') this.#depth++;
    else if (character === '}' || character === ']') this.#depth--;
    if (this.#depth > 0) return true;
    this.#state = 'outside';
    return false;
  }

  #endsString(character: string): boolean {
    const ends = character === '"' && !this.#escaped;
    this.#escaped = character === '\\' && !this.#escaped;
    return ends;
  }
}

/** A member's name without the escapes that JSON allows. */
function unescaped(name: string): string {
  return name.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, hex: string | undefined, plain: string) =>
    hex === undefined ? plain : String.fromCharCode(parseInt(hex, 16)),
  );
}

type XmlState = 'text' | 'tag' | 'attribute' | 'secret attribute' | 'secret';

/** XML: what is within elements, and in attributes, with the name of a secret. */
export class XmlMasker {
  #state: XmlState = 'text';
  #tag = '';
  #quote = '';
  /** what ends the secret element, and how much of it was met */
  #end = '';
  #tail = '';

  mask(piece: Uint8Array): Buffer {
    const shown = Buffer.from(piece);
    for (let i = 0; i < shown.length; i++) {
      if (this.#take(String.fromCharCode(shown[i] ?? 0))) shown[i] = ASTERISK;
    }
    return shown;
  }

  #take(character: string): boolean {
    switch (this.#state) {
      case 'text':
        if (character === '<') {
          this.#state = 'tag';
          this.#tag = '';
        }
        return false;
      case 'tag':
        return this.#inTag(character);
      case 'attribute':
        if (character === this.#quote) this.#state = 'tag';
        return false;
      case 'secret attribute':
        if (character !== this.#quote) return true;
        this.#state = 'tag';
        return false;
      case 'secret':
        this.#tail = (this.#tail + character).slice(-this.#end.length);
        if (this.#tail === this.#end) this.#state = 'text';
        return true;
    }
  }

  #inTag(character: string): boolean {
    if (character === '"' || character === "'") {
      const name = attributeOf(this.#tag);
      this.#quote = character;
      this.#state = this.#tag.length > MAX_NAME || isSecretField(name) ? 'secret attribute' : 'attribute';
      /* The element's own name is needed at its end. */
      this.#tag = /^[^\s]*/.exec(this.#tag)?.[0].slice(0, MAX_NAME) ?? '';
      this.#tag += ' ';
      return false;
    }
    if (character !== '>') {
      if (this.#tag.length <= MAX_NAME) this.#tag += character;
      return false;
    }
    const name = /^[^\s/]*/.exec(this.#tag)?.[0] ?? '';
    const isEmpty = this.#tag.endsWith('/') || name === '' || name.startsWith('?') || name.startsWith('!');
    this.#state = !isEmpty && isSecretField(name) ? 'secret' : 'text';
    this.#end = `</${name}>`;
    this.#tail = '';
    return false;
  }
}

/** The name of the attribute whose value comes next: what is before it is looked at from its end. */
function attributeOf(tag: string): string {
  const trimmed = tag.trimEnd();
  if (!trimmed.endsWith('=')) return '';
  const names = trimmed.slice(0, -1).trimEnd();
  let start = names.length;
  while (start > 0 && !/[\s=]/.test(names.charAt(start - 1))) start--;
  return names.slice(start);
}
