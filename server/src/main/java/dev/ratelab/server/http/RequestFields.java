package dev.ratelab.server.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;

/**
 * The header fields of a request as they are read. A second {@code Content-Length} is refused: the decoder would take the first one
 * of a request of HTTP/1.0, where whatever stands in front of this server may take the last (RFC 9112, section 6.3).
 */
final class RequestFields extends DefaultHttpHeaders {
  static final HttpHeadersFactory FACTORY = new HttpHeadersFactory() {
    @Override
    public HttpHeaders newHeaders() {
      return new RequestFields();
    }

    @Override
    public HttpHeaders newEmptyHeaders() {
      return new RequestFields();
    }
  };

  /** An object of many bytes comes of each, however short it is. */
  private static final int MAX = 100;

  @Override
  public HttpHeaders add(CharSequence name, Object value) {
    if (name.length() == HttpHeaderNames.CONTENT_LENGTH.length()
        && AsciiString.contentEqualsIgnoreCase(name, HttpHeaderNames.CONTENT_LENGTH)
        && contains(HttpHeaderNames.CONTENT_LENGTH)) {
      throw new IllegalArgumentException("more than one Content-Length");
    }
    if (size() == MAX) {
      throw new TooLongHttpHeaderException("more than " + MAX + " fields");
    }
    return super.add(name, value);
  }
}
