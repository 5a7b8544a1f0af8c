package dev.ratelab.server.telemetry;

import java.util.Locale;

/**
 * Each metric of the server's own, and what it tells. The constants' names are public: {@link #id} makes the metrics' names of them.
 * MetricsTest compares those with the table in docs/server.md.
 */
enum ServerMetric {
  CHECKS("Checks by what became of them"),
  FAILURES("Checks that the backend did not decide, by who did and why"),
  DECISION_DURATION("How long decisions took, the wait for the backend included"),
  DECISIONS_IN_FLIGHT("Decisions that are being waited for"),
  LEASES_DECISIONS("Requests decided here, on what is leased"),
  LEASES_ASKED("Decisions that Redis was asked for by policies with a lease"),
  LEASES_BORROWED("Permits that were borrowed"),
  LEASES_LAPSED("Borrowed permits that were over before they were spent"),
  LEASES_COUNTERS("Counters of which something may be held"),
  BREAKER_STATE("1 for the state that the circuit breaker is in, 0 for the others"),
  REDIS_IN_FLIGHT("Decisions that wait for Redis"),
  REDIS_IN_FLIGHT_LIMIT("The most decisions that may wait for Redis; more are shed"),
  REDIS_UP("1 if Redis made the last decision of the server's own, 0 if it did not"),
  REDIS_CALL_DURATION("How long calls to Redis took, those that failed included"),
  REDIS_ERRORS("Calls that Redis did not answer"),
  STORE_COUNTERS("Counters that the store in memory holds"),
  STORE_EVICTIONS("Counters that the store in memory has dropped, idle ones included"),
  STORE_LOST_LIVE_COUNTERS(
      "Counters dropped because the store was full while they still counted: each can admit another burst"),
  HTTP_CONNECTIONS("Open HTTP connections"),
  HTTP_CONNECTIONS_DROPPED("Connections closed that their clients would have kept"),
  HTTP_REJECTIONS("Requests answered with an error of their sender's"),
  LIVE_READERS("Connections that read the live page's events");

  final String meaning;

  ServerMetric(String meaning) {
    this.meaning = meaning;
  }

  /** With dots; Prometheus reads them as underscores. */
  String id() {
    return "ratelab." + name().toLowerCase(Locale.ROOT).replace('_', '.');
  }
}
