package dev.ratelab.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Which requests are not taken, and what is told instead. Behind one of them a connection cannot be trusted to be where the next begins. */
final class RequestRules {
  private static final char DELETE = 0x7f;
  private static final String HOST_MARKS = "-._~%!$&'()*+;=:[]";

  private RequestRules() {}

  /** What is wrong with a request, as far as its head tells. Null if it is to be taken. */
  static @Nullable Rejection rejection(HttpRequest head, int maxBodyBytes) {
    if (head.decoderResult().isFailure()) {
      return malformed(head.decoderResult().cause());
    }
    HttpVersion version = head.protocolVersion();
    if (version.majorVersion() != 1) {
      return new Rejection(
          505, "%s is not supported; accepted: HTTP/1.1, HTTP/1.0".formatted(version));
    }
    List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || (hosts.isEmpty() && !version.equals(HttpVersion.HTTP_1_0))) {
      return new Rejection(
          400, "the request has %s Host fields; accepted: one".formatted(hosts.size()));
    }
    boolean hostIsOne = hosts.isEmpty() || all(hosts.get(0), RequestRules::isOfHost);
    if (!all(head.uri(), RequestRules::isVisible) || !hostIsOne) {
      return malformed(null);
    }
    String coding = head.headers().get(HttpHeaderNames.TRANSFER_ENCODING);
    if (coding != null && !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)) {
      return new Rejection(
          501, "the request has a transfer coding that is not decoded here; accepted: chunked");
    }
    if (!only(HttpHeaderValues.CONTINUE, head, HttpHeaderNames.EXPECT)) {
      return new Rejection(
          417, "the request expects what this server does not know; accepted: 100-continue");
    }
    if (!only(HttpHeaderValues.IDENTITY, head, HttpHeaderNames.CONTENT_ENCODING)) {
      return new Rejection(
          415, "the body has a content coding, which is not decoded here; accepted: identity");
    }
    return HttpUtil.getContentLength(head, 0L) > maxBodyBytes ? tooLarge(maxBodyBytes) : null;
  }

  private static boolean only(AsciiString value, HttpRequest head, AsciiString name) {
    return head.headers().getAll(name).stream().allMatch(value::contentEqualsIgnoreCase);
  }

  /** A target is of visible ASCII; what is not could end elsewhere for others who read it. */
  private static boolean isVisible(int c) {
    return c > ' ' && c < DELETE;
  }

  /** A host's name or address and a port, as RFC 3986, section 3.2, writes them, are of these characters. */
  private static boolean isOfHost(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || HOST_MARKS.indexOf(c) >= 0;
  }

  private static boolean all(String text, IntPredicate each) {
    for (int i = 0; i < text.length(); i++) {
      if (!each.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  static Rejection tooLarge(int maxBodyBytes) {
    return new Rejection(
        413, "the body is too long; accepted: at most %s bytes".formatted(maxBodyBytes));
  }

  /** What the decoder could not read, and why, if that is known. */
  static Rejection malformed(@Nullable Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return new Rejection(414, "the request line is too long");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return new Rejection(431, "the header fields are too long");
    }
    return new Rejection(400, "the request is not well-formed");
  }

  static Rejection late(String what, Duration within) {
    return new Rejection(
        408, "%s did not arrive within %s".formatted(what, DurationText.of(within)));
  }

  static Rejection noMemory() {
    return new Rejection(503, "the memory for requests is taken by others; come back later");
  }

  static Rejection tooManyConnections() {
    return new Rejection(503, "there are too many connections; come back later");
  }
}
