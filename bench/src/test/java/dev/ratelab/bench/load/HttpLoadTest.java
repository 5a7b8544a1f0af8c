package dev.ratelab.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.load.OpenLoop.Outcome;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import io.netty.channel.ChannelException;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpLoadTest {
  private static final ProperAnswers OK = ProperAnswers.of("200");
  private static final ProperAnswers ANSWERED = ProperAnswers.of(ProperAnswers.STATUSES);
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void eachRequestCarriesItsKey() throws Exception {
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    try (PausingServer server = new PausingServer((number, request) -> {
      seen.add("%s %s %s %s"
          .formatted(
              request.method(),
              request.uri(),
              request.headers().get("X-Lab"),
              request.content().toString(UTF_8)));
      return PausingServer.status(200);
    })) {
      HttpRequestTemplate template = HttpRequestTemplate.of(
          server.uri() + "?k=${key}", "PUT", "{\"key\":\"${key}\"}", List.of("X-Lab: a:b"));
      try (HttpLoad http = TestLoads.connect(template, OK, 1, 1, LONG)) {
        assertThat(run(http, 3).count(Answer.PROPER)).isEqualTo(3);
      }
    }

    assertThat(seen)
        .as("the probe, and three")
        .containsExactly(
            "PUT /check?k=user0 a:b {\"key\":\"user0\"}",
            "PUT /check?k=user0 a:b {\"key\":\"user0\"}",
            "PUT /check?k=user1 a:b {\"key\":\"user1\"}",
            "PUT /check?k=user2 a:b {\"key\":\"user2\"}");
  }

  @Test
  void aHeaderFieldThatIsGivenTwiceIsSentTwice() {
    HttpRequestTemplate template = HttpRequestTemplate.of(
        "http://h/",
        "GET",
        "",
        List.of("X-Forwarded-For: 192.0.2.1", "Accept: a", "x-forwarded-for: 192.0.2.2"));

    HttpHeaders fields = template.request("k").headers();

    assertThat(fields.getAll("X-Forwarded-For")).containsExactly("192.0.2.1", "192.0.2.2");
    assertThat(fields.getAll("Accept")).as("in place of ours").containsExactly("a");
  }

  @ParameterizedTest
  @CsvSource({
    "http://my_app:8080/check, my_app, 8080, my_app:8080",
    "http://_x.my_app/, _x.my_app, 80, _x.my_app",
    "http://h:/, h, 80, h",
    "http://[::1]:8080/, ::1, 8080, [::1]:8080",
    "http://[fe80::1%eth0]/, fe80::1%eth0, 80, [fe80::1]",
    "http://[2001:DB8::7]:80/, 2001:DB8::7, 80, [2001:DB8::7]"
  })
  void everyHostOfAUrlIsTaken(String url, String host, int port, String named) {
    HttpRequestTemplate template = HttpRequestTemplate.of(url, "GET", "", List.of());

    assertThat(template.host()).isEqualTo(host);
    assertThat(template.port()).isEqualTo(port);
    assertThat(template.request("k").headers().getAll("Host")).containsExactly(named);
  }

  /** As "localhost" is ::1 and 127.0.0.1, and many a server listens on one of them only. */
  @Test
  void allAddressesOfAHostAreTriedAtTheStartAndAgain() throws Exception {
    InetAddress[] addresses = {loopback(2), loopback(1)};
    try (PausingServer server = new PausingServer((number, request) -> {
          if (number == 5) {
            throw new IllegalStateException("this connection ends without an answer");
          }
          return PausingServer.status(200);
        });
        HttpLoad http = HttpLoad.connect(load(server.uri(), addresses), 2)) {
      assertThat(run(http, 20).count(Answer.PROPER)).isEqualTo(19);
      assertThat(server.connections()).isEqualTo(3);
    }
  }

  @Test
  void aHostThatListensOnNoneOfItsAddressesIsNamed() throws Exception {
    URI nobody;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://localhost:%d/".formatted(free.getLocalPort()));
    }
    InetAddress[] addresses = {loopback(1), loopback(2)};

    assertThatThrownBy(() -> HttpLoad.connect(load(nobody, addresses), 1).close())
        .hasMessage("cannot connect to %s: Connection refused", nobody);
  }

  @Test
  void aHostWithoutAnAddressIsTold() {
    assertThatThrownBy(
            () -> connect(URI.create("http://no.such.host.invalid/"), LONG).close())
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot connect to http://no.such.host.invalid/: no address is known of its host");
  }

  @Test
  void aHeadOfAnyUsualLengthIsRead() throws Exception {
    try (PausingServer server = new PausingServer((number, request) -> {
          List<FullHttpResponse> answers = PausingServer.status(200);
          for (int i = 0; i < 8; i++) {
            answers.get(0).headers().add("Set-Cookie", "x".repeat(7_000));
          }
          return answers;
        });
        HttpLoad http = connect(server, 1, 1, LONG)) {
      assertThat(run(http, 3).count(Answer.PROPER)).isEqualTo(3);
    }
  }

  /** Of the header fields, and of the status line. */
  @ParameterizedTest
  @ValueSource(strings = {"OK\r\nX: %s", "%s"})
  void aHeadOverTheBoundIsToldAsThat(String rest) throws Exception {
    String head = "HTTP/1.1 200 " + rest.formatted("x".repeat(2_000));
    withAnswer(head + "\r\nContent-Length: 0\r\n\r\n", uri -> {
      TestLoads.connect(uri, OK.within(4_000), 1, 1, LONG).close();
      assertThatThrownBy(
              () -> TestLoads.connect(uri, OK.within(1_000), 1, 1, LONG).close())
          .hasMessage(
              "%s answered with a head of more than 1000 bytes, which --max-head bounds", uri);
    });
  }

  @Test
  void anAnswerThatNobodyDecidedIsAnError() throws Exception {
    String undecided = "{\"allowed\":false,\"decidedBy\":\"fail-closed\"}";
    try (PausingServer server = new PausingServer((number, request) ->
            number == 2 ? PausingServer.json(undecided) : PausingServer.json("{}"));
        HttpLoad http =
            TestLoads.connect(server.uri(), ANSWERED.unless("\"decidedBy\""), 1, 1, LONG)) {
      assertThat(run(http, 4).count(Answer.ERROR)).isEqualTo(1);
      assertThat(http.problems()).containsOnlyKeys("answered with \"decidedBy\" in its body");
    }
  }

  /** What Netty throws where the process may open no more files. */
  @Test
  void theCauseIsToldInTheWordsOfTheSystem() {
    Throwable system =
        new IOException("newSocketStream(..) failed with error(-24): Too many open files");
    Throwable thrown =
        new ChannelException("Unable to create Channel from class X", new ChannelException(system));

    assertThat(HttpLoad.reason(thrown)).isEqualTo("Too many open files");
  }

  @Test
  void otherStatusesAreErrorsAndStayInTheLatencies() throws Exception {
    try (PausingServer server = new PausingServer((number, request) ->
            PausingServer.status(number % 4 == 1 ? 503 : number % 4 == 2 ? 429 : 200));
        HttpLoad http = connect(server, 2, 1, LONG)) {
      Outcome outcome = run(http, 40);

      assertThat(outcome.count(Answer.ERROR)).isEqualTo(10);
      assertThat(outcome.count(Answer.PROPER)).as("a denial is an answer").isEqualTo(30);
      assertThat(outcome.latencies()).hasSize(40).doesNotContain(0);
      assertThat(http.problems())
          .isEqualTo(Map.of("answered with status 503; accepted: 2xx,429", 10));
    }
  }

  @Test
  void whatIsNeverAnsweredTimesOutAndTheRestGoesOn() throws Exception {
    Duration deadline = Duration.ofSeconds(3);
    try (PausingServer server = new PausingServer(
            (number, request) -> number == 1 ? List.of() : PausingServer.status(200));
        HttpLoad http = connect(server, 1, 1, deadline)) {
      // One by one, so that nobody waits behind the lost one.
      Outcome lost = run(http, 1);
      assertThat(lost.answers()).containsExactly(Answer.TIMEOUT);
      assertThat(lost.latencies()[0]).isGreaterThanOrEqualTo(deadline.toNanos());

      Outcome next = run(http, 1);
      while (next.answers()[0] != Answer.PROPER) {
        next = run(http, 1);
      }
      assertThat(server.connections()).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void aBrokenConnectionIsAnErrorAndOpenedAgain() throws Exception {
    try (PausingServer server = new PausingServer((number, request) -> {
          if (number == 5) {
            throw new IllegalStateException("this connection ends without an answer");
          }
          return PausingServer.status(200);
        });
        HttpLoad http = connect(server, 1, 1, LONG)) {
      Outcome outcome = run(http, 20);

      assertThat(outcome.count(Answer.ERROR)).isEqualTo(1);
      assertThat(outcome.count(Answer.PROPER)).isEqualTo(19);
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void aServerThatKeepsNoConnectionIsServedOneForEach() throws Exception {
    try (PausingServer server = new PausingServer((number, request) -> {
          List<FullHttpResponse> answers = PausingServer.status(200);
          answers.get(0).headers().set(HttpHeaderNames.CONNECTION, "close");
          return answers;
        });
        HttpLoad http = connect(server, 1, 1, LONG)) {
      assertThat(run(http, 10).count(Answer.PROPER)).isEqualTo(10);
      assertThat(server.connections()).isGreaterThanOrEqualTo(11);
    }
  }

  /** This server answers three at a time, and the probe: with less than three on a connection it would wait for ever. */
  @Test
  void pipeliningPutsSeveralOnOneConnection() throws Exception {
    try (PausingServer server = new PausingServer((number, request) -> {
          List<FullHttpResponse> answers = new ArrayList<>();
          for (int i = 0; number == 0 ? i < 1 : number % 3 == 0 && i < 3; i++) {
            answers.addAll(PausingServer.status(200));
          }
          return answers;
        });
        HttpLoad http = connect(server, 1, 3, LONG)) {
      assertThat(run(http, 30).count(Answer.PROPER)).isEqualTo(30);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws Exception {
    URI nobody;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:%d/check".formatted(free.getLocalPort()));
    }

    assertThatThrownBy(() -> connect(nobody, LONG).close())
        .isInstanceOf(IOException.class)
        .hasMessage("cannot connect to %s: Connection refused", nobody);
  }

  @Test
  void anAnswerThatIsNoHttpIsTold() throws Exception {
    withAnswer(
        "220 mail ready\r\n\r\n",
        uri -> assertThatThrownBy(() -> connect(uri, LONG).close())
            .isInstanceOf(IOException.class)
            .hasMessage("%s answered with what is no HTTP/1.1", uri));
  }

  private static InetAddress loopback(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
  }

  /** A server that answers each connection with these bytes. */
  private static void withAnswer(String answer, ThrowingConsumer<URI> test) throws Exception {
    Thread answering;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      answering = new Thread(() -> {
        while (!server.isClosed()) {
          try (Socket socket = server.accept()) {
            socket.getInputStream().read();
            socket.getOutputStream().write(answer.getBytes(UTF_8));
            socket.getInputStream().readAllBytes();
          } catch (IOException e) {
            // The client has gone, or the test is over.
          }
        }
      });
      answering.start();
      test.accept(URI.create("http://127.0.0.1:%d/".formatted(server.getLocalPort())));
    }
    answering.join();
  }

  @Test
  void aRefusalIsToldBeforeTheLoad() {
    try (PausingServer server = new PausingServer((number, request) -> PausingServer.status(404))) {
      assertThatThrownBy(() -> connect(server, 1, 1, LONG).close())
          .isInstanceOf(IOException.class)
          .hasMessage("%s answered with status 404; accepted: 2xx,429", server.uri());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      https://localhost/check | asks for TLS, which this generator does not speak
      localhost:8080/check    | does not begin with http://
      /check                  | does not begin with http://
      http:///check           | has no host
      http://h:99999/         | has no host, or a port that is none
      http://a b/             | is no URL
      """)
  void aUrlThatCannotBeLoadedIsRefused(String url, String why) {
    assertThatThrownBy(() -> HttpRequestTemplate.of(url, "POST", "", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(url)
        .hasMessageContaining(why)
        .hasMessageContaining("accepted: such as http://127.0.0.1:8080/check");
  }

  @Test
  void aPasswordIsNotShown() {
    assertThatThrownBy(() -> HttpRequestTemplate.of("http://user:secret@h/", "POST", "", List.of()))
        .hasMessageContaining("holds a user")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "20", "6xx", "200,", "ok"})
  void whatIsNoStatusIsRefused(String text) {
    assertThatThrownBy(() -> ProperAnswers.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("accepted: such as 200 or 2xx");
  }

  private static HttpLoad connect(
      PausingServer server, int connections, int pipeline, Duration deadline) throws Exception {
    return TestLoads.connect(server.uri(), ANSWERED, connections, pipeline, deadline);
  }

  private static HttpLoad connect(URI uri, Duration deadline) throws Exception {
    return TestLoads.connect(uri, ANSWERED, 1, 1, deadline);
  }

  private static HttpLoad load(URI uri, InetAddress... addresses) {
    return new HttpLoad(
        HttpRequestTemplate.check(uri), number -> "user" + number, ANSWERED, 1, LONG, addresses);
  }

  /** All due at once. */
  private static Outcome run(HttpLoad http, int requests) throws InterruptedException {
    return OpenLoop.run(new long[requests], 1, Waiting.SLEEPING, http);
  }
}
