package dev.ratelab.bench.rediscost;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** The server that a run measures, or the primaries of its cluster: connections only for reading their counters. */
public final class Servers implements AutoCloseable {
  private final List<Connection> connections = new ArrayList<>();

  /**
   * Connects.
   *
   * @param cluster whether it is a node of a cluster, whose other primaries count too
   * @throws IllegalStateException if one of them does not answer
   */
  public Servers(RedisAddress address, boolean cluster) {
    open(address, () -> {
      connect(address, address.host(), address.port());
      if (cluster) {
        connectToOtherPrimaries(address);
      }
    });
  }

  /**
   * Servers of our own, without login.
   *
   * @throws IllegalStateException if one of them does not answer
   */
  Servers(List<RedisAddress> addresses) {
    addresses.forEach(
        address -> open(address, () -> connect(address, address.host(), address.port())));
  }

  private void open(RedisAddress address, Runnable connecting) {
    try {
      connecting.run();
    } catch (JedisException e) {
      close();
      throw new IllegalStateException(
          "the counters of %s cannot be read: %s".formatted(address, e.getMessage()), e);
    }
  }

  private void connectToOtherPrimaries(RedisAddress login) {
    for (String line : ask(connections.get(0), Command.CLUSTER, "NODES").split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      if (fields.length > 2
          && fields[2].contains("master")
          && !fields[2].contains("fail")
          && !fields[2].contains("myself")) {
        String node = fields[1].substring(0, fields[1].indexOf('@'));
        int colon = node.lastIndexOf(':');
        connect(login, node.substring(0, colon), Integer.parseInt(node.substring(colon + 1)));
      }
    }
  }

  /** Two readings right after each other, before a round. */
  NodeCosts.Reading begin() {
    List<Counters> idle = readEach();
    return new NodeCosts.Reading(idle, readEach());
  }

  /** The sums over all servers, now. */
  public Counters read() {
    return readEach().stream().reduce(Counters.NONE, Counters::plus);
  }

  /** Those of each server, now; the one that was named comes first. */
  List<Counters> readEach() {
    return connections.stream()
        .map(connection -> Counters.parse(ask(connection, Command.INFO, "all")))
        .toList();
  }

  @Override
  public void close() {
    connections.forEach(Connection::close);
  }

  private void connect(RedisAddress login, String host, int port) {
    connections.add(
        new Connection(new HostAndPort(host, port), JedisClient.login(login).build()));
  }

  private static String ask(Connection connection, Command command, String argument) {
    connection.sendCommand(command, argument);
    return new String((byte[]) connection.getOne(), StandardCharsets.UTF_8);
  }
}
