package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.launch.RedisCluster;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Moves slots of a cluster while it serves, as {@code redis-cli --cluster reshard} does. */
final class Resharding {
  private static final int SLOTS = 1 << 14;

  /** Few, so that a slot is on two nodes for a while. */
  private static final int KEYS_AT_ONCE = 5;

  /** What goes on between two steps. */
  interface Between {
    void step() throws InterruptedException;
  }

  private final List<Admin> primaries;
  private final List<String> ids;

  private Resharding(List<Admin> primaries) {
    this.primaries = primaries;
    ids = primaries.stream().map(node -> node.call("CLUSTER", "MYID")).toList();
  }

  static Resharding of(RedisCluster cluster) {
    return new Resharding(cluster.addresses().stream().map(Admin::new).toList());
  }

  /** Moves a slot from where it was at the cluster's start to the next primary. */
  void moveToNext(int slot, Between between) throws InterruptedException {
    int nodes = primaries.size();
    int from = IntStream.range(0, nodes)
        .filter(i -> slot < SLOTS * (i + 1) / nodes)
        .findFirst()
        .orElseThrow();
    int to = (from + 1) % nodes;
    Admin source = primaries.get(from);
    Admin target = primaries.get(to);
    target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", ids.get(from));
    source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", ids.get(to));
    List<?> keys = keys(source, slot);
    while (!keys.isEmpty()) {
      between.step();
      migrate(source, target, keys);
      keys = keys(source, slot);
    }
    between.step();
    // The target first: it must know that the slot is its own before anybody is sent there.
    Stream.of(target, source)
        .forEach(node -> node.call("CLUSTER", "SETSLOT", slot, "NODE", ids.get(to)));
  }

  private static List<?> keys(Admin source, int slot) {
    return (List<?>) source.reply("CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_ONCE);
  }

  private static void migrate(Admin source, Admin target, List<?> keys) {
    source.reply(
        "MIGRATE",
        Stream.concat(
                Stream.of(target.address().host(), target.address().port(), "", 0, 10_000, "KEYS"),
                keys.stream())
            .toArray());
  }
}
