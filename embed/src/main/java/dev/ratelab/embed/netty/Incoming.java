package dev.ratelab.embed.netty;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;

/**
 * What a key is made of.
 *
 * @param channel where the request came from
 * @param http the request's head, and its content where an aggregator comes first; not to be kept
 */
public record Incoming(Channel channel, HttpRequest http) {}
