package dev.ratelab.limiter.failure;

/**
 * One request that comes to the guard.
 *
 * @param others how many waited for the backend when it came or, in a batch, when that came
 * @param mates how many of its batch came before it
 * @param began when, in microseconds
 * @param deadline how long it may take, in microseconds
 */
record Ask(int others, int mates, long began, long deadline) {
  int ahead() {
    return others + mates;
  }
}
