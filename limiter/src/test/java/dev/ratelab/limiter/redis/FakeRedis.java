package dev.ratelab.limiter.redis;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that records what it is sent and misbehaves as told, in ways that no real Redis can be made to. */
public final class FakeRedis implements AutoCloseable {
  /** What a script replies when it admits. */
  static final String ADMITTED = "*5\r\n:1\r\n:9\r\n:0\r\n:10\r\n:0\r\n";

  /** What admits each request of a call, if each has one policy. */
  static String admitted(List<String> command) {
    int keys = Integer.parseInt(command.get(2));
    // A batch's third argument has three numbers for each.
    int requests =
        command.size() < keys + 6 ? 1 : command.get(keys + 5).length() / (3 * Integer.BYTES);
    return "*%d\r\n%s".formatted(5 * requests, ADMITTED.substring(4).repeat(requests));
  }

  /** Answers an EVALSHA or EVAL: writes to the connection, or does not. */
  interface Answer {
    void to(List<String> command, Socket connection) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final Thread acceptor;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final List<List<String>> scriptCalls = new CopyOnWriteArrayList<>();
  private volatile Answer answer;
  private volatile int owner;
  private volatile String greeting = "";
  private volatile String info = "redis_version:7.0.15\r\ncluster_enabled:0\r\n";

  public FakeRedis(String host, Answer answer) throws IOException {
    this(host, 0, answer);
  }

  FakeRedis(String host, int port, Answer answer) throws IOException {
    this.answer = answer;
    server = new ServerSocket(port, 50, InetAddress.getByName(host));
    acceptor = daemon(this::accept);
  }

  /** One on 127.0.0.1 whose scripts all give one reply. */
  static FakeRedis replying(String reply) throws IOException {
    return new FakeRedis("127.0.0.1", reply(reply));
  }

  /** One that is another server: it answers the first line with an error of its own. */
  public static FakeRedis noRedis() throws IOException {
    FakeRedis fake = replying("");
    fake.greeting = "HTTP/1.1 400 Bad Request\r\n\r\n";
    return fake;
  }

  /** A port where nobody listens. */
  public static int freePort() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return taken.getLocalPort();
    }
  }

  static Answer reply(String reply) {
    return (command, connection) -> write(connection, reply);
  }

  void answer(Answer other) {
    answer = other;
  }

  /** What it says of itself from now on. */
  void info(String other) {
    info = other;
  }

  /** It is from now on all of a cluster. */
  void formCluster() {
    formCluster(this);
  }

  /** It is from now on of a cluster that has all slots at one node. */
  void formCluster(FakeRedis other) {
    owner = other.server.getLocalPort();
    info = "redis_version:7.0.15\r\ncluster_enabled:1\r\n";
  }

  private String cluster(String question) {
    int port = owner;
    return question.equals("SLOTS")
        ? "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n%s:%s\r\n".formatted(bulk("127.0.0.1"), port)
        : bulk("%s 127.0.0.1:%s@%s myself,master - 0 0 1 connected 0-16383\n"
            .formatted("0".repeat(40), port, port));
  }

  /** Where it listens. */
  public RedisAddress address() {
    return RedisAddress.of(server.getInetAddress().getHostAddress(), server.getLocalPort());
  }

  /** Every EVALSHA and EVAL that arrived, as its arguments in ISO 8859-1. */
  List<List<String>> scriptCalls() {
    return scriptCalls;
  }

  /** Every connection there was. */
  Set<Socket> connections() {
    return connections;
  }

  static void write(Socket connection, String text) throws IOException {
    OutputStream out = connection.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    stop();
  }

  /** Cuts all connections and listens no more. */
  void stop() throws IOException {
    server.close();
    try {
      // A thread that waits in accept keeps the socket listening until it wakes, and may
      // still get a connection.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket connection : connections) {
      connection.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket connection = server.accept();
        connection.setTcpNoDelay(true);
        connections.add(connection);
        daemon(() -> serve(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      DataInputStream in = new DataInputStream(connection.getInputStream());
      while (true) {
        List<String> command = read(in);
        if (!greeting.isEmpty()) {
          write(connection, greeting);
          return;
        }
        switch (command.get(0)) {
          case "EVALSHA", "EVAL" -> {
            scriptCalls.add(command);
            answer.to(command, connection);
          }
          case "INFO" -> write(connection, bulk(info));
          case "CLUSTER" -> write(connection, cluster(command.get(1)));
          case "PING" -> write(connection, "+PONG\r\n");
          case "SELECT" ->
            write(
                connection,
                info.contains("sentinel") ? "-ERR unknown command 'SELECT'\r\n" : "+OK\r\n");
          case "HELLO" -> write(connection, "-ERR unknown command 'HELLO'\r\n");
          default -> write(connection, "+OK\r\n");
        }
      }
    } catch (IOException | InterruptedException e) {
      // The client, or the test, has closed it.
    }
  }

  private static List<String> read(DataInputStream in) throws IOException {
    int count = Integer.parseInt(line(in).substring(1));
    List<String> command = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = Integer.parseInt(line(in).substring(1));
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      line(in);
      command.add(new String(bytes, StandardCharsets.ISO_8859_1));
    }
    return command;
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
      line.append((char) next);
    }
    return line.toString().trim();
  }

  private static String bulk(String text) {
    return "$%d\r\n%s\r\n".formatted(text.length(), text);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(
        () -> {
          try {
            work.run();
          } catch (UncheckedIOException e) {
            // Closed.
          }
        },
        "fake-redis");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
