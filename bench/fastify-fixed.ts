import fastify from 'fastify';

/** Answers everything with one text; the argument is the port. */
const app = fastify();
app.all('/*', (_request, reply) => reply.type('text/plain').send('Hello from an extension\n'));
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
process.once('SIGTERM', () => {
  process.exit(0);
});
