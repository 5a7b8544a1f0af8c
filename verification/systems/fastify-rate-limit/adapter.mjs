import { behindHttp, permits, serve, windowHeaders, windowMs } from '../adapter.mjs';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';

const fastify = Fastify();
await fastify.register(rateLimit, {
  max: permits,
  timeWindow: windowMs,
  enableDraftSpec: true,
  keyGenerator: (request) => request.query.key,
});
fastify.get('/', (request, reply) => reply.send({ admitted: true }));
await fastify.ready();

const ask = await behindHttp((request, response) => fastify.routing(request, response), windowHeaders);
serve('@fastify/rate-limit', {}, ask);
