package dev.ratelab.embed.netty;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;

/** What a key is made of: where the request came from, and its head, with the content where an aggregator comes first. Not to be kept. */
public record Incoming(Channel channel, HttpRequest http) {}
