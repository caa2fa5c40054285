/**
 * The client of TradeForge: {@link tradeforge.client.TradeForge} is where it begins. The messages
 * of the contract are in {@code tradeforge.v1}.
 */
package tradeforge.client;
