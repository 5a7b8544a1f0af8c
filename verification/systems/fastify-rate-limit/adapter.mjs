import { behindHttp, permits, serve, windowMs } from '../adapter.mjs';
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

serve('@fastify/rate-limit', {}, await behindHttp((request, response) => fastify.routing(request, response)));
