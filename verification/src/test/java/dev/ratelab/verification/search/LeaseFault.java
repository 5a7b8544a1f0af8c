package dev.ratelab.verification.search;

/** What an instance may do wrong with a lease, and a refund, which is not shipped. */
enum LeaseFault {
  /** It does what is shipped. */
  NONE("as shipped"),
  COUNTED_FROM_THE_ANSWER("the lease counted from the answer"),
  KEPT_AFTER_ITS_END("a block kept after its end"),
  END_MOVED_WHEN_PUT_BACK("a block's end moved when permits are put back"),
  AHEAD_BEYOND_THE_BLOCK("borrowed ahead so that unspent and asked for exceed b"),
  LOST_TAKEN_AS_GRANTED("a lost answer taken as granted"),
  /** What is not spent goes back in time, each once. */
  HONEST_REFUND("refunds of what is unspent, in time and once"),
  REFUND_TWICE("the same permits refunded twice"),
  REFUND_AFTER_THE_END("a refund after the end");

  private final String title;

  LeaseFault(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  boolean refunds() {
    return this == HONEST_REFUND || this == REFUND_TWICE;
  }
}
