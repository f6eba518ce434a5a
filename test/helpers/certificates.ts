import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** Why tests of TLS are left out here; undefined when they can run. */
export const NO_OPENSSL = findOpenssl();

function findOpenssl(): string | false {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'needs the program openssl; install it';
  }
}

/** What a certificate is made of. */
export interface CertificateOptions {
  /** the subject as `/CN=name`; each part without `=` begins anew */
  readonly subject?: string;
  readonly key?: 'rsa' | 'ec';
  /** subjectAltName as OpenSSL writes it */
  readonly names?: string;
  /** the name of the one who signs it; itself when there is none */
  readonly issuer?: string;
  /** it may sign others */
  readonly isAuthority?: boolean;
  /** days from now until it ends; negative: it has ended */
  readonly days?: number;
  /** the key is encrypted with this */
  readonly passPhrase?: string;
}

/** Certificates and keys made for a test, in a folder of their own. */
export class Certificates {
  readonly folder: string;

  constructor(t: Test) {
    this.folder = mkdtempSync(join(tmpdir(), 'isapi-host-tls-'));
    t.teardown(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** The path of `name.crt`, `name.key`, `name.crl`. */
  file(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** Makes `name.crt` and `name.key`. */
  make(name: string, options: CertificateOptions = {}): void {
    const { subject = `/CN=${name}`, key = 'ec', names, issuer, isAuthority = false, days = 30 } = options;
    const keyFile = this.file(`${name}.key`);
    const kind =
      key === 'ec' ? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-algorithm', 'RSA'];
    this.#run('genpkey', ...kind, '-out', keyFile);
    const request = this.file(`${name}.csr`);
    this.#run('req', '-new', '-utf8', '-key', keyFile, '-subj', subject, '-out', request);
    const extensions = [
      `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`,
      ...(isAuthority ? ['keyUsage=keyCertSign,cRLSign'] : []),
      ...(names === undefined ? [] : [`subjectAltName=${names}`]),
    ];
    const extensionFile = this.file(`${name}.ext`);
    writeFileSync(extensionFile, `${extensions.join('\n')}\n`);
    const signer =
      issuer === undefined
        ? ['-signkey', keyFile]
        : ['-CA', this.file(`${issuer}.crt`), '-CAkey', this.file(`${issuer}.key`), '-CAcreateserial'];
    const certificate = this.file(`${name}.crt`);
    const common = ['-req', '-in', request, '-extfile', extensionFile, '-sha256', '-out', certificate];
    this.#run('x509', ...common, ...signer, '-days', String(days));
    if (options.passPhrase === undefined) return;
    const passPhrase = `pass:${options.passPhrase}`;
    this.#run('pkey', '-in', keyFile, '-aes256', '-passout', passPhrase, '-out', `${keyFile}.new`);
    writeFileSync(keyFile, readFileSync(`${keyFile}.new`));
  }

  /** Makes `issuer.crl`, in which these certificates of the issuer are. */
  revoke(issuer: string, ...names: readonly string[]): void {
    const state = this.file(`${issuer}-state`);
    if (!existsSync(state)) mkdirSync(state);
    writeFileSync(join(state, 'index.txt'), '');
    writeFileSync(join(state, 'number'), '01\n');
    const config = join(state, 'ca.cnf');
    const lines = ['[ca]', 'default_ca=me', '[me]', `database=${join(state, 'index.txt')}`];
    lines.push(`crlnumber=${join(state, 'number')}`, 'default_md=sha256', 'default_crl_days=30');
    writeFileSync(config, `${lines.join('\n')}\n`);
    const own = [
      '-config',
      config,
      '-cert',
      this.file(`${issuer}.crt`),
      '-keyfile',
      this.file(`${issuer}.key`),
    ];
    for (const name of names) this.#run('ca', ...own, '-revoke', this.file(`${name}.crt`));
    this.#run('ca', ...own, '-gencrl', '-out', this.file(`${issuer}.crl`));
  }

  #run(...words: readonly string[]): void {
    execFileSync('openssl', words, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
