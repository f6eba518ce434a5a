// Tells a person what happens, step by step: with a running clock on a terminal, as plain lines elsewhere.

const FRAMES = ['|', '/', '-', '\\'];
const MARKS = { done: 'ok  ', skip: 'skip', fail: 'FAIL' };

/** A step's end is `done`, `skip` or `fail`, each with a text and, on the lines below it, details. */
export function createReport(out = process.stdout) {
  const live = out.isTTY === true && process.env.CI === undefined;

  function begin(title) {
    const started = Date.now();
    let progress = '';
    let frame = 0;
    let timer;
    const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
    if (live) {
      const draw = () => {
        const line = `${FRAMES[frame++ % FRAMES.length]}    ${title} ${progress} ${seconds()}`;
        out.write(`\r\x1b[K${line.slice(0, (out.columns || 80) - 1)}`);
      };
      draw();
      timer = setInterval(draw, 100);
      timer.unref();
    }
    const end =
      (kind) =>
      (text, details = []) => {
        clearInterval(timer);
        const took = Date.now() - started > 500 ? ` (${seconds()})` : '';
        out.write(`${live ? '\r\x1b[K' : ''}${MARKS[kind]} ${title}: ${text}${took}\n`);
        for (const detail of details) out.write(`${detail.replace(/^/gm, '       ')}\n`);
      };
    return {
      done: end('done'),
      skip: end('skip'),
      fail: end('fail'),
      /** what it is doing now: beside the clock on a terminal, a line of its own elsewhere */
      progress(text) {
        progress = `- ${text}`;
        if (!live) out.write(`...  ${title}: ${text}\n`);
      },
      /** the same, but nothing is said where there is no terminal: for what changes often */
      tick(text) {
        progress = `- ${text}`;
      },
    };
  }

  return { begin, line: (text) => out.write(`${text}\n`) };
}
