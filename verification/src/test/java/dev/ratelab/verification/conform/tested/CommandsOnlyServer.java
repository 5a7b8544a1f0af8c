package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.redis.RedisAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Speaks so much of Redis' protocol that a client connects, and knows one command. It stands for the servers that are not here. */
final class CommandsOnlyServer implements AutoCloseable {
  final List<List<String>> calls = new CopyOnWriteArrayList<>();
  private final ServerSocket listening;
  private final String command;
  private final Function<List<String>, String> reply;

  /** Replies to a command, in the protocol's own form, by its arguments. */
  CommandsOnlyServer(String command, Function<List<String>, String> reply) throws IOException {
    this.command = command;
    this.reply = reply;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  RedisAddress address() {
    return RedisAddress.of("127.0.0.1", listening.getLocalPort());
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        daemon(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      BufferedReader in = new BufferedReader(
          new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      OutputStream out = socket.getOutputStream();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        List<String> call = new ArrayList<>();
        for (int left = Integer.parseInt(line.substring(1)); left > 0; left--) {
          in.readLine();
          call.add(in.readLine());
        }
        out.write(answer(call).getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private String answer(List<String> call) {
    String name = call.get(0).toLowerCase(Locale.ROOT);
    if (name.equals(command)) {
      List<String> arguments = call.subList(1, call.size());
      calls.add(arguments);
      return reply.apply(arguments);
    }
    return switch (name) {
      case "info" -> bulk("redis_version:8.8.0\r\n");
      case "command" ->
        call.get(2).equals(command) ? "*1\r\n*1\r\n" + bulk(command) : "*1\r\n*-1\r\n";
      case "hello" -> "-ERR unknown command\r\n";
      default -> "+OK\r\n";
    };
  }

  private static String bulk(String text) {
    return "$%s\r\n%s\r\n".formatted(text.length(), text);
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "commands-only");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
