import { permits, serve, windowMs } from '../adapter.mjs';
import { FastRateLimit } from 'fast-ratelimit';

const limiter = new FastRateLimit({ threshold: permits, ttl: windowMs / 1000 });

serve('fast-ratelimit', {}, async (key) => ({ allowed: limiter.consumeSync(key) }));
