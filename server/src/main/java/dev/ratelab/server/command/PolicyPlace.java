package dev.ratelab.server.command;

/** Where the policies are. */
enum PolicyPlace {
  LOCAL,
  REDIS
}
