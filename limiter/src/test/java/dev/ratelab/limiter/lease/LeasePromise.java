package dev.ratelab.limiter.lease;

/** What a limiter with leases promises, whatever happens to it: docs/leases.md. */
enum LeasePromise {
  CHARGED_BEFORE("what is admitted in an interval was charged in it or in the L before it"),
  HELD_BEFORE("what is admitted in an interval was charged in it, or n·b of it before"),
  OWN_WINDOW("what a fixed window admits was charged in the same window"),
  SPENT_OR_OVER("what was granted is spent once, or over"),
  ONE_BORROW("of one counter an instance asks for one block at a time"),
  ANSWERED("every request is answered"),
  IN_TIME("a request is answered within its deadline"),
  DENIED_FOR_CAUSE("a denial without asking follows from an answer"),
  REMAINING("what a decision says to remain is there"),
  RETRY_AFTER("the counter is asked again when a denial says so, and not before"),
  RESET_AFTER("the counter is not as new before a decision says so");

  private final String text;

  LeasePromise(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
