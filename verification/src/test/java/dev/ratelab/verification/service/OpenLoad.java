package dev.ratelab.verification.service;

import dev.ratelab.verification.service.HttpReply.Fate;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks at a constant rate, whatever becomes of the earlier ones, each on a key of its own, pipelined over a few connections. Latency
 * counts from when a request was due. A connection that the server ends is not opened again: what was to be sent on it stays unsent.
 *
 * <p>One thread does all of it, and sends what has become due a thousand times a second.
 */
final class OpenLoad implements AutoCloseable {
  private static final long TICK_MICROS = 1_000;
  private static final int MAX_ANSWER = 1 << 16;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final List<Connection> connections = new ArrayList<>();
  private final ConcurrentLinkedQueue<HttpReply> replies = new ConcurrentLinkedQueue<>();
  private final AtomicInteger ended = new AtomicInteger();
  private final double perNano;
  private final int mostUnanswered;
  private volatile int sent;
  private volatile long start;
  private volatile boolean stopped;
  private volatile @Nullable String strange;

  private OpenLoad(double perSecond, int mostUnanswered) {
    perNano = perSecond / TimeUnit.SECONDS.toNanos(1);
    this.mostUnanswered = mostUnanswered;
  }

  /** Connects, and begins to send at this rate. */
  static OpenLoad start(InetSocketAddress server, int connections, double perSecond) {
    return start(server, connections, perSecond, Integer.MAX_VALUE);
  }

  /** A closed loop: each millisecond sends as many as have been answered, so that at most so many are not. */
  static OpenLoad closed(InetSocketAddress server, int connections, int unanswered) {
    return start(server, connections, Double.POSITIVE_INFINITY, unanswered);
  }

  private static OpenLoad start(
      InetSocketAddress server, int connections, double perSecond, int mostUnanswered) {
    OpenLoad load = new OpenLoad(perSecond, mostUnanswered);
    for (int i = 0; i < connections; i++) {
      load.connections.add(load.connect(server));
    }
    load.start = System.nanoTime();
    var unused = load.loop.scheduleAtFixedRate(load::tick, 0, TICK_MICROS, TimeUnit.MICROSECONDS);
    return load;
  }

  static String key(int number) {
    return "k" + number;
  }

  /** How many requests were to be sent so far. */
  int sent() {
    return sent;
  }

  List<HttpReply> replies() {
    return new ArrayList<>(replies);
  }

  /** Waits until a number of further requests have ended. */
  void await(int further) throws InterruptedException {
    int wanted = ended.get() + further;
    while (ended.get() < wanted) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** Sends no more, and tells what became of each once all have ended. Throws if an answer was no decision. */
  List<HttpReply> finish() throws InterruptedException {
    stopped = true;
    loop.submit(() -> {}).sync();
    while (ended.get() < sent) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    String what = strange;
    if (what != null) {
      throw new IllegalStateException(what);
    }
    return replies();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Connection connect(InetSocketAddress server) {
    Connection connection = new Connection();
    connection.channel = new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(new HttpClientCodec())
                .addLast(new HttpObjectAggregator(MAX_ANSWER))
                .addLast(connection);
          }
        })
        .connect(server)
        .syncUninterruptibly()
        .channel();
    return connection;
  }

  private void tick() {
    if (stopped) {
      return;
    }
    long now = System.nanoTime();
    boolean closed = Double.isInfinite(perNano);
    long due = closed ? ended.get() + (long) mostUnanswered : (long) ((now - start) * perNano);
    while (sent < due) {
      int number = sent;
      sent = number + 1;
      connections
          .get(number % connections.size())
          .send(number, closed ? now : start + (long) (number / perNano));
    }
    connections.forEach(Connection::flush);
  }

  private void end(HttpReply reply) {
    replies.add(reply);
    ended.incrementAndGet();
  }

  private record Waiting(int number, long due) {}

  private final class Connection extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable Channel channel;
    private boolean over;

    void send(int number, long due) {
      Channel to = channel;
      if (over || to == null || !to.isActive()) {
        end(new HttpReply(number, due, System.nanoTime(), Fate.UNSENT, null, null));
        return;
      }
      waiting.add(new Waiting(number, due));
      String body = "{\"key\":\"" + key(number) + "\"}";
      String request = "POST /check HTTP/1.1\r\nHost: test\r\nContent-Length: " + body.length()
          + "\r\n\r\n" + body;
      // Past the encoder: these are bytes already.
      var unused = to.pipeline()
          .firstContext()
          .write(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    }

    void flush() {
      if (channel != null) {
        channel.flush();
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      Waiting asked = waiting.remove();
      JsonNode answer =
          JsonMapper.shared().readTree(response.content().toString(StandardCharsets.UTF_8));
      JsonNode allowed = answer.get("allowed");
      if (allowed == null) {
        strange = "request %s was answered %s %s"
            .formatted(asked.number, response.status().code(), answer);
        end(new HttpReply(asked.number, asked.due, System.nanoTime(), Fate.UNANSWERED, null, null));
        return;
      }
      if (!HttpUtil.isKeepAlive(response)) {
        over = true;
      }
      end(new HttpReply(
          asked.number,
          asked.due,
          System.nanoTime(),
          allowed.booleanValue() ? Fate.ALLOWED : Fate.DENIED,
          text(answer, "decidedBy"),
          text(answer, "because")));
    }

    private static @Nullable String text(JsonNode answer, String field) {
      JsonNode value = answer.get(field);
      return value == null ? null : value.stringValue();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      over = true;
      while (!waiting.isEmpty()) {
        Waiting asked = waiting.remove();
        end(new HttpReply(asked.number, asked.due, System.nanoTime(), Fate.UNANSWERED, null, null));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // What was unanswered shows that.
      var unused = context.close();
    }
  }
}
