// A server as the documentation of rate-limiter-flexible has one set it up. ExpressPeer starts it.
'use strict';

const fs = require('node:fs');
const express = require('express');
const { Redis } = require('ioredis');
const { RateLimiterRedis } = require('rate-limiter-flexible');

const [port, points, duration, keyPrefix, urlFile] = process.argv.slice(2);

const redis = new Redis(fs.readFileSync(urlFile, 'utf8'));
redis.on('error', (error) => console.error(error.message));
redis.once('ready', () => app.listen(Number(port), '127.0.0.1'));

const limiter = new RateLimiterRedis({
  storeClient: redis,
  points: Number(points),
  duration: Number(duration),
  keyPrefix,
});

const fields = (state) => ({
  'X-RateLimit-Limit': points,
  'X-RateLimit-Remaining': state.remainingPoints,
  'X-RateLimit-Reset': Math.ceil((Date.now() + state.msBeforeNext) / 1000),
});

const app = express();
app.all('/check', async (request, response) => {
  try {
    response.set(fields(await limiter.consume(String(request.query.key))));
    response.send('admitted');
  } catch (denial) {
    if (denial instanceof Error) {
      // Redis did not decide: no 429, which would count as a decision.
      response.status(503).send('undecided');
    } else {
      response.set(fields(denial));
      response.set('Retry-After', Math.ceil(denial.msBeforeNext / 1000));
      response.status(429).send('denied');
    }
  }
});
