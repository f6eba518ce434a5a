/** How the parts of a certificate's names are called: by OpenSSL, in Apache's variables, and by Windows. */
interface NamePart {
  readonly oid: string;
  /** OpenSSL's short name */
  readonly short: string;
  /** the end of `SSL_CLIENT_S_DN_x`; absent where Apache has no variable */
  readonly variable?: string;
  /** Windows' name in CERT_SUBJECT; absent for `OID.x` */
  readonly windows?: string;
}

const part = (oid: string, short: string, variable?: string, windows?: string): NamePart => ({
  oid,
  short,
  ...(variable !== undefined && { variable }),
  ...(windows !== undefined && { windows }),
});

const NAME_PARTS: readonly NamePart[] = [
  part('2.5.4.6', 'C', 'C', 'C'),
  part('2.5.4.8', 'ST', 'ST', 'S'),
  part('2.5.4.7', 'L', 'L', 'L'),
  part('2.5.4.10', 'O', 'O', 'O'),
  part('2.5.4.11', 'OU', 'OU', 'OU'),
  part('2.5.4.3', 'CN', 'CN', 'CN'),
  part('2.5.4.12', 'title', 'T', 'T'),
  part('2.5.4.43', 'initials', 'I', 'I'),
  part('2.5.4.42', 'GN', 'G', 'G'),
  part('2.5.4.4', 'SN', 'S', 'SN'),
  part('2.5.4.13', 'description', 'D', 'Description'),
  part('2.5.4.5', 'serialNumber', 'SerialNumber', 'SERIALNUMBER'),
  part('0.9.2342.19200300.100.1.1', 'UID', 'UID'),
  part('1.2.840.113549.1.9.1', 'emailAddress', 'Email', 'E'),
  part('0.9.2342.19200300.100.1.25', 'DC', undefined, 'DC'),
  part('1.2.840.113549.1.9.2', 'unstructuredName'),
  part('1.2.840.113549.1.9.8', 'unstructuredAddress'),
  part('2.5.4.9', 'street', undefined, 'STREET'),
  part('2.5.4.15', 'businessCategory'),
  part('2.5.4.16', 'postalAddress'),
  part('2.5.4.17', 'postalCode', undefined, 'PostalCode'),
  part('2.5.4.18', 'postOfficeBox', undefined, 'POBox'),
  part('2.5.4.20', 'telephoneNumber', undefined, 'Phone'),
  part('2.5.4.41', 'name'),
  part('2.5.4.44', 'generationQualifier'),
  part('2.5.4.45', 'x500UniqueIdentifier'),
  part('2.5.4.46', 'dnQualifier'),
  part('2.5.4.65', 'pseudonym'),
  part('2.5.4.97', 'organizationIdentifier'),
  part('1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionL'),
  part('1.3.6.1.4.1.311.60.2.1.2', 'jurisdictionST'),
  part('1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionC'),
];

const BY_OID: ReadonlyMap<string, NamePart> = new Map(NAME_PARTS.map((row) => [row.oid, row]));

/** Apache's names that a variable may end in, with the object identifier of each; `SP` is an older name of `ST`. */
export const VARIABLE_PARTS: ReadonlyMap<string, string> = new Map([
  ...NAME_PARTS.flatMap(({ variable, oid }) => (variable === undefined ? [] : [[variable, oid] as const])),
  ['SP', '2.5.4.8'] as const,
]);

/** One part of a name. */
export interface NameEntry {
  readonly oid: string;
  /** UTF-8 as a byte string */
  readonly value: string;
  /** the value's encoding in hexadecimal */
  readonly encoded: string;
  /** it belongs to the part before it: both name the same thing */
  readonly joined: boolean;
}

/** A name as RFC 2253 writes it and OpenSSL prints it: the last part first. */
export function nameText(name: readonly NameEntry[]): string {
  let text = '';
  for (const [index, entry] of name.toReversed().entries()) {
    const follower = index === 0 ? undefined : name[name.length - index];
    if (follower !== undefined) text += follower.joined ? '+' : ',';
    const row = BY_OID.get(entry.oid);
    text += row === undefined ? `${entry.oid}=#${entry.encoded}` : `${row.short}=${escapeValue(entry.value)}`;
  }
  return text;
}

function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[# ]/, '\\$&')
    .replace(/(?<!^) $/, '\\ ')
    .replace(/[^\P{Cc}\x80-\xff]/gu, hex);
}

const hex = (character: string): string =>
  `\\${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** A name as OpenSSL printed it before there was RFC 2253: `/C=US/CN=name`. */
export function legacyNameText(name: readonly NameEntry[]): string {
  return name
    .map(({ oid, value }) => {
      const shown = value.replace(
        /[^\x20-\x7e]/g,
        (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
      );
      return `/${BY_OID.get(oid)?.short ?? oid}=${shown}`;
    })
    .join('');
}

/** A name as Windows writes it, and IIS in CERT_SUBJECT: in the certificate's own order, `C=US, CN=name`. */
export function windowsNameText(name: readonly NameEntry[]): string {
  let text = '';
  for (const [index, { oid, value, joined }] of name.entries()) {
    if (index > 0) text += joined ? ' + ' : ', ';
    const isPlain = value !== '' && !/[,+=";<>#\n]|^ | $/.test(value);
    text += `${BY_OID.get(oid)?.windows ?? `OID.${oid}`}=${isPlain ? value : `"${value.replaceAll('"', '""')}"`}`;
  }
  return text;
}

/** The variables that the parts of a name give, without what they all begin with: `CN`, `OU`, `OU_1` and so on. */
export function nameVariables(name: readonly NameEntry[]): [name: string, value: string][] {
  const counts = new Map<string, number>();
  return name.flatMap(({ oid, value }) => {
    const variable = BY_OID.get(oid)?.variable;
    if (variable === undefined) return [];
    const count = counts.get(oid) ?? 0;
    counts.set(oid, count + 1);
    return [[count === 0 ? variable : `${variable}_${count}`, value] as [string, string]];
  });
}
