import { behindHttp, number, permits, serve, windowMs } from '../adapter.mjs';
import Hapi from '@hapi/hapi';
import hapiRateLimit from 'hapi-rate-limit';

const server = Hapi.server({ port: 0, host: '127.0.0.1' });
// The key is the user who asks.
server.auth.scheme('query', () => ({
  authenticate: (request, h) => h.authenticated({ credentials: { id: request.query.key } }),
}));
server.auth.strategy('key', 'query');
server.auth.default('key');
await server.register({
  plugin: hapiRateLimit,
  options: { userLimit: permits, userCache: { expiresIn: windowMs }, pathLimit: false, authLimit: false },
});
server.route({ method: 'GET', path: '/', handler: () => 'admitted' });
await server.initialize();

// X-RateLimit-UserReset is a moment, in milliseconds since the epoch: as documented the reset of the period. Remaining is -1 where the
// request is denied.
const told = (headers) => ({
  remaining: Math.max(0, number(headers['x-ratelimit-userremaining'])),
  resetAfterMs: Math.max(0, number(headers['x-ratelimit-userreset']) - Date.now()),
});

const ask = await behindHttp((request, response) => server.listener.emit('request', request, response), told);
serve('hapi-rate-limit', {}, ask);
