package dev.ratelab.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Chromium without a screen and one tab of it, over the DevTools protocol. */
public final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final Set<String> COMPLAINTS =
      Set.of("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded");
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> console = new CopyOnWriteArrayList<>();

  private Browser(Process process, URI tab) {
    this.process = process;
    this.socket = HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(tab, new Listener())
        .join();
  }

  /** The program, empty if none is on the PATH. */
  public static Optional<Path> installed() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  public static Browser start(Path program, Path folder) throws IOException, InterruptedException {
    Path log = folder.resolve("browser.log");
    Process process = new ProcessBuilder(
            program.toString(),
            "--headless",
            "--no-sandbox", // its user may be root, and the page is ours
            "--disable-gpu",
            "--disable-quic",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + folder.resolve("profile"),
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            "about:blank")
        .redirectOutput(folder.resolve("browser.out").toFile())
        .redirectError(log.toFile())
        .start();
    try {
      String address = address(process, log);
      URI list = URI.create("http://" + URI.create(address).getAuthority() + "/json/list");
      String tabs;
      try (var in = list.toURL().openStream()) {
        tabs = new String(in.readAllBytes(), UTF_8);
      }
      for (JsonNode tab : JSON.readTree(tabs)) {
        if (tab.get("type").stringValue().equals("page")) {
          Browser browser =
              new Browser(process, URI.create(tab.get("webSocketDebuggerUrl").stringValue()));
          for (String domain : List.of("Page", "Runtime", "Log")) {
            browser.call(domain + ".enable", Map.of());
          }
          return browser;
        }
      }
      throw new IOException("no tab: " + tabs);
    } catch (IOException | RuntimeException e) {
      process.destroy();
      throw e;
    }
  }

  /** It says on its error stream where it listens, or ends. */
  private static String address(Process process, Path log)
      throws IOException, InterruptedException {
    String mark = "DevTools listening on ";
    while (process.isAlive()) {
      Optional<String> line =
          Files.readAllLines(log).stream().filter(text -> text.startsWith(mark)).findFirst();
      if (line.isPresent()) {
        return line.get().substring(mark.length()).strip();
      }
      Thread.onSpinWait();
    }
    process.waitFor();
    throw new IOException("the browser ended: " + Files.readString(log));
  }

  /** Opens a page anew and waits until it is loaded. */
  public void open(String address) {
    // In between, or an address that differs only behind its # would load nothing.
    load("about:blank");
    console.clear();
    load(address);
  }

  private void load(String address) {
    call("Page.navigate", Map.of("url", address));
    run(
        "new Promise((done) => (document.readyState === 'complete' ? done(0) : addEventListener('load', () => done(0))))");
  }

  /** How large the window is and which colours its user prefers. */
  public void screen(int width, int height, String theme) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
  }

  /** The value of an expression, as if a user had done it; a promise is waited for. */
  public JsonNode run(String expression) {
    JsonNode result = call(
        "Runtime.evaluate",
        Map.of(
            "expression",
            expression,
            "awaitPromise",
            true,
            "returnByValue",
            true,
            "userGesture",
            true));
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(result.get("exceptionDetails").toString());
    }
    JsonNode value = result.get("result").get("value");
    return value == null ? JSON.nullNode() : value;
  }

  /** All of the page, not only what fits into the window. */
  public void screenshot(Path file) throws IOException {
    save(file, call("Page.captureScreenshot", Map.of("captureBeyondViewport", true)));
  }

  private static void save(Path file, JsonNode answer) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(answer.get("data").stringValue()));
  }

  /** Whatever was complained about since the page was opened. */
  public List<String> console() {
    // Messages come before the answer to a call made after them.
    run("0");
    return List.copyOf(console);
  }

  private JsonNode call(String method, Map<String, ?> parameters) {
    int id = calls.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    socket
        .sendText(
            JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
        .join();
    JsonNode answered = answer.join();
    if (answered.has("error")) {
      throw new IllegalStateException(method + ": " + answered.get("error"));
    }
    return answered.get("result");
  }

  private void received(JsonNode message) {
    if (message.has("id")) {
      answers.remove(message.get("id").intValue()).complete(message);
      return;
    }
    if (COMPLAINTS.contains(message.get("method").stringValue())) {
      console.add(message.get("params").toString());
    }
  }

  private void ended(Throwable reason) {
    answers.values().forEach(waiting -> waiting.completeExceptionally(reason));
  }

  private final class Listener implements WebSocket.Listener {
    private final List<CharSequence> parts = new ArrayList<>();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
      parts.add(part.toString());
      if (isLast) {
        String message = String.join("", parts);
        parts.clear();
        received(JSON.readTree(message));
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      ended(new IOException("the browser closed: " + status + " " + reason));
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      ended(error);
    }
  }

  @Override
  public void close() {
    socket.abort();
    process.destroy();
    process.onExit().join();
  }
}
