// Run once by the set-up under each Windows runtime: it works if koffi loads and this prints the processor.
const { writeSync } = require('node:fs');

// Under Wine, Node cannot open standard output and error as streams when they are pipes, and koffi's loading
// touches them.
for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, { value: { isTTY: false } });

require(process.argv[2]);
writeSync(1, `works: ${process.arch}\n`);
