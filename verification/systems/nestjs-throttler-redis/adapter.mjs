import { behindHttp, countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import Redis from 'ioredis';

const redis = new Redis(redisUrl, { keyPrefix: namespace });

// TypeScript's decorators, applied by hand.
class CheckController {
  check() {
    return 'admitted';
  }
}
Get()(CheckController.prototype, 'check', Object.getOwnPropertyDescriptor(CheckController.prototype, 'check'));
Controller()(CheckController);

class CheckModule {}
Module({
  imports: [
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: windowMs, limit: permits }],
      storage: new ThrottlerStorageRedisService(redis),
      getTracker: (request) => request.query.key,
    }),
  ],
  controllers: [CheckController],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
})(CheckModule);

const app = await NestFactory.create(CheckModule, { logger: false });
await app.init();

const ask = await behindHttp(app.getHttpAdapter().getInstance());
serve('@nest-lab/throttler-storage-redis', { shared: true }, ask, () => countKeys(redis));
