import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { buildExtension, type ExtensionName } from '../helpers/extensions.js';
import { startHost, type Host } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

/** A file that cannot be loaded gives 500, and one line that says why. */
async function fails(t: Test, host: Host, name: string, line: string | RegExp): Promise<void> {
  const before = host.errorLog().length;
  t.equal((await host.get(`/isapi/${name}`)).status, 500, name);
  const file = join(host.isapi, name);
  await host.waitForLog('', before);
  const errors = host
    .errorLog()
    .slice(before)
    .split('\n')
    .filter((text) => text.includes(':error]'));
  t.equal(errors.length, 1, `${name}: one line`);
  const text = (errors[0] ?? '').replaceAll(file, '@FILE@').replace(/^.*?(?=IH\d{4}: )/, '');
  if (typeof line === 'string') t.equal(text, line);
  else t.match(text, line);
  t.match(errors[0], /\[isapi:error\] \[pid \d+\] \[client 127\.0\.0\.1:\d+\] \[pool default\]/);
}

forEachTarget(async (t, target) => {
  const broken: ExtensionName[] = [
    'noexports',
    'noproc',
    'filter',
    'refused',
    'refusedsilently',
    'needsother',
    'decorated',
  ];
  const host = await startHost(t, {
    config: 'ISAPICacheFile www/isapi/noexports.dll www/isapi/refused.dll www/isapi/needsother.dll',
    prepare: ({ isapi }) => {
      for (const name of broken) buildExtension(name, target, isapi);
      const whole = readFileSync(buildExtension('scenario', target, isapi));
      writeFileSync(join(isapi, 'truncated.dll'), whole.subarray(0, whole.length * 0.6));
    },
  });

  await t.test('what is wrong with a file of ISAPICacheFile is a warning at start', async (t) => {
    for (const [name, reason] of [
      ['noexports', 'missing GetExtensionVersion() in @FILE@: '],
      ['refused', 'failed call to GetExtensionVersion() in @FILE@: '],
      ['needsother', 'failed to load @FILE@: '],
    ] as const) {
      const file = join(host.isapi, `${name}.dll`);
      const text = `IH1043: ISAPICacheFile: unable to cache, skipping ${file}: ${reason.replace('@FILE@', file)}`;
      const line = await host.waitForLog(text);
      t.match(line, /\[isapi:warn\]/);
    }
  });

  await t.test('each failure has its reason in plain words', async (t) => {
    const missing = 'missing GetExtensionVersion() in @FILE@';
    const other = target === 'elf' ? 'libother.so' : 'other.dll';
    await fails(
      t,
      host,
      'noexports.dll',
      `IH1002: ${missing}: the library does not export it, so it is not an ISAPI extension`,
    );
    await fails(
      t,
      host,
      'noproc.dll',
      'IH1002: missing HttpExtensionProc() in @FILE@: the library does not export it, so it is not an ISAPI extension',
    );
    await fails(
      t,
      host,
      'filter.dll',
      `IH1002: ${missing}: the library is an ISAPI filter, not an extension`,
    );
    await fails(
      t,
      host,
      'refused.dll',
      `IH1003: failed call to GetExtensionVersion() in @FILE@: it returned FALSE with the last error ` +
        `${target === 'elf' ? 13 : 5}; the extension's own documentation may say what it needs`,
    );
    await fails(
      t,
      host,
      'refusedsilently.dll',
      'IH1003: failed call to GetExtensionVersion() in @FILE@: it returned FALSE without saying why',
    );
    await fails(
      t,
      host,
      'needsother.dll',
      `IH1001: failed to load @FILE@: needsother.dll needs ${other}, which is not there; copy it beside the extension`,
    );
    await fails(t, host, 'truncated.dll', /^IH1001: failed to load @FILE@: it is truncated: the file ends /);
  });

  await t.test('what was missing may be added without a restart', async (t) => {
    buildExtension('other', target, host.isapi);
    t.equal((await host.get('/isapi/needsother.dll')).body, 'answer=42\n');
    buildExtension('scenario', target, host.isapi, 'truncated.dll');
    t.equal((await host.get('/isapi/truncated.dll')).body, 'hello\n');
  });

  await t.test('names that the compiler decorated are found, and leave no last error', async (t) => {
    t.equal((await host.get('/isapi/decorated.dll')).body, 'decorated\n');
  });

  await t.test('none of this has ended a worker process', async (t) => {
    t.equal(host.errorLog().match(/IH2001/g)?.length, 1);
    t.notMatch(host.errorLog(), /IH2003|IH2004|IH2005/);
  });
});

t.test('files that are no libraries at all', async (t) => {
  const host = await startHost(t, {
    config: 'ISAPICacheFile www/none.dll www/isapi www/isapi/text.dll ""',
    prepare: ({ isapi }) => {
      writeFileSync(join(isapi, 'text.dll'), 'hello, this is no library\n');
      writeFileSync(join(isapi, 'empty.dll'), '');
      writeFileSync(join(isapi, 'page.dll'), '<html><body>404 Not Found</body></html>');
      writeFileSync(join(isapi, 'script.dll'), '#!/bin/sh\nexit 0\n');
      writeFileSync(join(isapi, 'zip.dll'), 'PK\x03\x04....');
      writeFileSync(join(isapi, 'zeros.dll'), Buffer.alloc(4096));
      writeFileSync(join(isapi, 'start.dll'), 'MZ');
      mkdirSync(join(isapi, 'folder.dll'));
    },
  });
  const failed = 'IH1001: failed to load @FILE@: it';
  await fails(
    t,
    host,
    'text.dll',
    `${failed} is not a library: it begins with "hello, this is no librar..."`,
  );
  await fails(t, host, 'empty.dll', `${failed} is empty`);
  await fails(
    t,
    host,
    'page.dll',
    /^IH1001: failed to load @FILE@: it is not a library: it begins with "<html>/,
  );
  await fails(t, host, 'script.dll', `${failed} is a script, not a library`);
  await fails(t, host, 'zip.dll', `${failed} is a ZIP archive; unpack it first`);
  await fails(t, host, 'zeros.dll', /^IH1001: failed to load @FILE@: it is not a library: /);
  await fails(t, host, 'start.dll', /^IH1001: failed to load @FILE@: it is truncated: /);
  t.equal((await host.get('/isapi/folder.dll/')).status, 404);
  t.equal((await host.get('/isapi/none.dll')).status, 404);

  const log = host.errorLog();
  t.match(log, `IH1041: ISAPICacheFile: unable to stat, skipping ${host.www}/none.dll: `);
  t.match(log, `IH1042: ISAPICacheFile: not a regular file, skipping ${host.isapi}\n`);
  t.match(
    log,
    `IH1043: ISAPICacheFile: unable to cache, skipping ${host.isapi}/text.dll: it is not a library: `,
  );
  t.match(log, /IH1040: ISAPICacheFile: invalid module path, skipping \n/);
});

t.test('Windows files that no runtime can load', { skip: skipWithout('win64') }, async (t) => {
  const host = await startHost(t, {
    prepare: ({ isapi }) => {
      const whole = readFileSync(buildExtension('minimal', 'win64', isapi));
      const header = whole.readUInt32LE(0x3c);
      const changed = (name: string, change: (bytes: Buffer) => void): void => {
        const bytes = Buffer.from(whole);
        change(bytes);
        writeFileSync(join(isapi, name), bytes);
      };
      // IMAGE_FILE_HEADER: Machine at 4, Characteristics at 22 (IMAGE_FILE_DLL is 0x2000)
      changed('arm64.dll', (bytes) => bytes.writeUInt16LE(0xaa64, header + 4));
      changed('itanium.dll', (bytes) => bytes.writeUInt16LE(0x0200, header + 4));
      changed('program.dll', (bytes) => {
        bytes.writeUInt16LE(bytes.readUInt16LE(header + 22) & ~0x2000, header + 22);
      });
    },
  });
  const failed = 'IH1001: failed to load @FILE@: it';
  const advice = 'build it for x86, 32-bit or 64-bit';
  await fails(t, host, 'arm64.dll', `${failed} is for ARM64 processors; ${advice}`);
  await fails(t, host, 'itanium.dll', `${failed} is for Itanium processors; ${advice}`);
  await fails(t, host, 'program.dll', `${failed} is a Windows program, not a DLL`);
});

t.test(
  'Windows extensions without a runtime say what to run',
  { skip: skipWithout('win64') || skipWithout('win32') },
  async (t) => {
    const home = t.testdir({});
    const host = await startHost(t, {
      env: { ISAPI_HOST_HOME: home },
      config: 'ISAPICacheFile www/isapi/x86.dll',
      prepare: ({ isapi }) => {
        buildExtension('minimal', 'win64', isapi, 'x64.dll');
        buildExtension('minimal', 'win32', isapi, 'x86.dll');
      },
    });
    for (const name of ['x64.dll', 'x86.dll']) {
      await fails(t, host, name, /^IH1054: failed to load @FILE@: .*run "isapi-host setup wine"$/);
    }
    t.match(
      host.errorLog(),
      /IH1043: ISAPICacheFile: unable to cache, skipping .*run "isapi-host setup wine"\n/,
    );
  },
);
