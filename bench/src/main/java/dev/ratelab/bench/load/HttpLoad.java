package dev.ratelab.bench.load;

import dev.ratelab.bench.load.OpenLoop.Answer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of an {@link OpenLoop} to an HTTP/1.1 server over connections that are kept alive.
 *
 * <p>A request goes out on the connection with the fewest unanswered ones. While all have as many as pipelining allows, requests
 * wait in the order they were due, and that wait is part of their latency: an open loop skips nothing. A connection that the
 * server closes is opened again; what was unanswered on it is an error and never sent twice. A request that is not answered
 * within the deadline, counted from when it was due, is given up; a connection that answers nothing for as long is opened again.
 *
 * <p>One thread drives all connections, beside the sender that keeps the time.
 */
// What becomes of a write shows as an answer, or as the end of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpLoad implements OpenLoop.Call, AutoCloseable {
  private static final long CHECK_MILLIS = 20;
  private static final long RECONNECT_MILLIS = 50;

  private final HttpRequestTemplate template;
  private final IntFunction<String> keys;
  private final ProperAnswers proper;
  private final int pipeline;
  private final Duration deadline;
  private final InetAddress[] addresses;
  // Grows with each failed attempt to connect: which of the addresses is next.
  private final AtomicInteger attempt = new AtomicInteger();
  private final EventLoopGroup group;
  private final EventLoop loop;
  private final Bootstrap bootstrap;
  private final List<Connection> connections = new ArrayList<>();
  /** Those that are being opened, too. Once it is closed, it closes what is added at once. */
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

  private final Deque<Exchange> waiting = new ArrayDeque<>();
  private final List<Connection> unflushed = new ArrayList<>();
  private final Map<String, Integer> problems = new TreeMap<>();
  private int turn;
  private boolean closed;

  /** A load without connections, on a host with several addresses. */
  HttpLoad(
      HttpRequestTemplate template,
      IntFunction<String> keys,
      ProperAnswers proper,
      int pipeline,
      Duration deadline,
      InetAddress[] addresses) {
    this.template = template;
    this.keys = keys;
    this.proper = proper;
    this.pipeline = pipeline;
    this.deadline = deadline;
    this.addresses = addresses.clone();
    boolean epoll = Epoll.isAvailable();
    group = new MultiThreadIoEventLoopGroup(
        1,
        new DefaultThreadFactory("ratelab-load", true),
        epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    loop = group.next();
    bootstrap = new Bootstrap()
        .group(loop)
        .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) deadline.toMillis());
  }

  /**
   * Opens all connections and sends one request, to see that the server speaks HTTP and takes what is sent.
   *
   * @param keys the key of each request, by number
   * @throws IOException if that fails; the message is for people
   */
  static HttpLoad connect(
      HttpRequestTemplate template,
      IntFunction<String> keys,
      ProperAnswers proper,
      LoadOptions options)
      throws IOException, InterruptedException {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(template.host());
    } catch (UnknownHostException e) {
      throw new IOException(
          "cannot connect to %s: no address is known of its host".formatted(template.uri()), e);
    }
    return connect(
        new HttpLoad(template, keys, proper, options.pipeline(), options.deadline(), addresses),
        options.connections());
  }

  /** Opens all connections of a load that has none yet, and probes. */
  static HttpLoad connect(HttpLoad load, int connections) throws IOException, InterruptedException {
    try {
      for (int i = 0; i < connections; i++) {
        Connection connection = load.new Connection();
        load.openFirst(connection);
        load.onLoop(() -> load.connections.add(connection));
      }
      load.probe();
      load.onLoop(() -> load.loop.scheduleWithFixedDelay(
          load::giveUp, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS));
      return load;
    } catch (IOException | InterruptedException | RuntimeException e) {
      load.close();
      throw e;
    }
  }

  private void openFirst(Connection connection) throws IOException, InterruptedException {
    Set<String> reasons = new LinkedHashSet<>();
    for (int i = 0; i < addresses.length; i++) {
      ChannelFuture opened = connection.open().await();
      if (opened.isSuccess()) {
        return;
      }
      reasons.add(reason(Objects.requireNonNull(opened.cause())));
      attempt.incrementAndGet();
    }
    throw new IOException(
        "cannot connect to %s: %s".formatted(template.uri(), String.join(", ", reasons)));
  }

  @Override
  public void send(OpenLoop.Request request) {
    loop.execute(() -> {
      request.begun();
      dispatch(new Exchange(request, null, request.due()));
    });
  }

  @Override
  public Map<String, Integer> problems() throws InterruptedException {
    Map<String, Integer> copy = new TreeMap<>();
    onLoop(() -> copy.putAll(problems));
    return copy;
  }

  @Override
  public void close() {
    loop.execute(() -> closed = true);
    channels.close().awaitUninterruptibly();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void onLoop(Runnable task) throws InterruptedException {
    loop.submit(task).await();
  }

  private void probe() throws IOException, InterruptedException {
    CompletableFuture<String> told = new CompletableFuture<>();
    loop.execute(() -> dispatch(new Exchange(null, told, System.nanoTime())));
    String problem;
    try {
      problem = told.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      problem = "did not answer within %s ms".formatted(deadline.toMillis());
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    if (!problem.isEmpty()) {
      throw new IOException("%s %s".formatted(template.uri(), problem));
    }
  }

  private void dispatch(Exchange exchange) {
    Connection connection = waiting.isEmpty() ? leastBusy() : null;
    if (connection == null) {
      waiting.add(exchange);
    } else {
      connection.write(exchange);
    }
  }

  /** The connection with the fewest unanswered requests that may take one more, or null. */
  private @Nullable Connection leastBusy() {
    Connection best = null;
    int n = connections.size();
    for (int i = 0; i < n; i++) {
      Connection candidate = connections.get((turn + i) % n);
      if (candidate.takesMore() && (best == null || candidate.load() < best.load())) {
        best = candidate;
        if (best.load() == 0) {
          break;
        }
      }
    }
    turn = (turn + 1) % Math.max(1, n);
    return best;
  }

  private void sendWaiting(Connection connection) {
    while (connection.takesMore() && !waiting.isEmpty()) {
      connection.write(waiting.remove());
    }
  }

  private void flush() {
    unflushed.forEach(Connection::flush);
    unflushed.clear();
  }

  private void giveUp() {
    long oldest = System.nanoTime() - deadline.toNanos();
    while (!waiting.isEmpty() && waiting.peek().due < oldest) {
      timedOut(waiting.remove());
    }
    for (Connection connection : connections) {
      for (Exchange exchange : connection.unanswered) {
        if (exchange.due < oldest && !exchange.over) {
          timedOut(exchange);
        }
      }
      Exchange first = connection.unanswered.peek();
      if (first != null && first.sent < oldest) {
        connection.giveUp();
      }
    }
  }

  private void timedOut(Exchange exchange) {
    exchange.end(Answer.TIMEOUT, "no answer within %s ms".formatted(deadline.toMillis()));
  }

  /** What went wrong in the end, in the words of the operating system. */
  static String reason(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = Objects.requireNonNullElse(cause.getMessage(), cause.toString());
    // The native transport puts the name of the system call in front, and the address behind.
    return message
        .replaceFirst("^.*failed with error\\(-\\d+\\): ", "")
        .replaceFirst("^\\w+\\(\\.\\.\\) failed: ", "")
        .replaceFirst(": [^:]*/[^/]*$", "");
  }

  /** A request on its way: one of the load, or the probe. */
  private final class Exchange {
    final OpenLoop.@Nullable Request request;
    final @Nullable CompletableFuture<String> probe;
    final long due;
    long sent;
    boolean over;

    Exchange(
        OpenLoop.@Nullable Request request, @Nullable CompletableFuture<String> probe, long due) {
      this.request = request;
      this.probe = probe;
      this.due = due;
    }

    String key() {
      return keys.apply(request == null ? 0 : request.number());
    }

    /** Ends it, unless it is over. */
    void end(Answer answer, String problem) {
      if (over) {
        return;
      }
      over = true;
      if (probe != null) {
        probe.complete(problem);
      } else if (request != null) {
        if (answer != Answer.PROPER) {
          problems.merge(problem, 1, Integer::sum);
        }
        request.answered(answer);
      }
    }
  }

  /** One connection, opened again when the server closes it. */
  private final class Connection extends SimpleChannelInboundHandler<HttpObject> {
    private final Deque<Exchange> unanswered = new ArrayDeque<>();
    private @Nullable Channel channel;
    private final StringBuilder body = new StringBuilder();
    private int status;
    private boolean keepAlive;
    private boolean dirty;

    @Override
    public boolean isSharable() {
      // Of one connection at a time, one after the other.
      return true;
    }

    ChannelFuture open() {
      return bootstrap
          .clone()
          .handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel fresh) {
              channels.add(fresh);
              fresh.pipeline().addLast(codec()).addLast(Connection.this);
            }
          })
          .connect(addresses[attempt.get() % addresses.length], template.port());
    }

    private HttpClientCodec codec() {
      return new HttpClientCodec(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(proper.headBytes())
              .setMaxHeaderSize(proper.headBytes()),
          false,
          false);
    }

    private void openAgain() {
      if (!closed) {
        open().addListener((ChannelFutureListener) future -> {
          if (!future.isSuccess()) {
            problems.merge(
                "cannot connect again: " + reason(Objects.requireNonNull(future.cause())),
                1,
                Integer::sum);
            attempt.incrementAndGet();
            loop.schedule(this::openAgain, RECONNECT_MILLIS, TimeUnit.MILLISECONDS);
          }
        });
      }
    }

    boolean takesMore() {
      return channel != null && unanswered.size() < pipeline;
    }

    int load() {
      return unanswered.size();
    }

    void write(Exchange exchange) {
      unanswered.add(exchange);
      exchange.sent = System.nanoTime();
      Channel open = Objects.requireNonNull(channel);
      open.write(template.request(exchange.key()), open.voidPromise());
      if (!dirty) {
        dirty = true;
        if (unflushed.isEmpty()) {
          // After whatever else is due by now, so that one write to the socket serves several.
          loop.execute(HttpLoad.this::flush);
        }
        unflushed.add(this);
      }
    }

    void flush() {
      dirty = false;
      if (channel != null) {
        channel.flush();
      }
    }

    /** Ends it: what comes on it now would be taken for the answer of another request. */
    void giveUp() {
      if (channel != null) {
        lost(channel, "connection given up after a request on it timed out");
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channel = context.channel();
      keepAlive = true;
      sendWaiting(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      lost(context.channel(), "connection closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      lost(context.channel(), "connection broken: " + reason(cause));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      if (context.channel() != channel) {
        return;
      }
      if (message.decoderResult().isFailure()) {
        lost(
            context.channel(),
            message.decoderResult().cause() instanceof TooLongFrameException
                ? "answered with a head of more than %s bytes, which --max-head bounds"
                    .formatted(proper.headBytes())
                : "answered with what is no HTTP/1.1");
        return;
      }
      if (message instanceof HttpResponse head) {
        status = head.status().code();
        keepAlive = HttpUtil.isKeepAlive(head);
        body.setLength(0);
      }
      if (message instanceof HttpContent content && proper.not() != null) {
        body.append(content.content().toString(StandardCharsets.US_ASCII));
      }
      if (message instanceof LastHttpContent
          && HttpStatusClass.valueOf(status) != HttpStatusClass.INFORMATIONAL) {
        answered(context);
      }
    }

    private void answered(ChannelHandlerContext context) {
      Exchange exchange = unanswered.poll();
      if (exchange == null) {
        lost(context.channel(), "answered what was not asked");
        return;
      }
      String not = proper.not();
      if (!proper.statuses().get(status)) {
        exchange.end(
            Answer.ERROR, "answered with status %s; accepted: %s".formatted(status, proper.text()));
      } else if (not != null && body.indexOf(not) >= 0) {
        exchange.end(Answer.ERROR, "answered with %s in its body".formatted(not));
      } else {
        exchange.end(Answer.PROPER, "");
      }
      if (keepAlive) {
        sendWaiting(this);
      } else {
        lost(context.channel(), "connection closed by the server after another answer");
      }
    }

    private void lost(Channel former, String why) {
      former.close();
      if (former != channel) {
        return;
      }
      channel = null;
      unanswered.forEach(exchange -> exchange.end(Answer.ERROR, why));
      unanswered.clear();
      openAgain();
    }
  }
}
