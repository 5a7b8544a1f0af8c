import { behindHttp, countKeys, namespace, permits, redisUrl, serve, windowHeaders, windowMs } from '../adapter.mjs';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import Redis from 'ioredis';

const redis = new Redis(redisUrl, { connectTimeout: 500, maxRetriesPerRequest: 1 });
const fastify = Fastify();
await fastify.register(rateLimit, {
  max: permits,
  timeWindow: windowMs,
  enableDraftSpec: true,
  redis,
  nameSpace: namespace,
  keyGenerator: (request) => request.query.key,
});
fastify.get('/', (request, reply) => reply.send({ admitted: true }));
await fastify.ready();

const ask = await behindHttp((request, response) => fastify.routing(request, response), windowHeaders);
serve('@fastify/rate-limit', { shared: true }, ask, () => countKeys(redis));
