# Bestand: Höchstmengen, und was vor dem Regal verkauft wird.

stock-limited = { $most ->
    [0] Von { $title } haben Sie so viele gekauft, wie eine Person haben darf. Es wurde nichts bestellt und nichts abgebucht.
   *[other] Von { $title } können Sie { $most } kaufen, nicht mehr. Es wurde nichts bestellt und nichts abgebucht.
}
stock-sent-from = Versand ab { $date }
stock-sent-when-back = Versand, sobald es wieder da ist
