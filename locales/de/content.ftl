# Schlichte Seiten: Über uns, Lieferung, Rückgabe. Jeder Absatz ist eine eigene Nachricht.

content-about-title = Über Rialto
content-about-lead = Dinge für ein bedachtes Zuhause, aus vierzehn kleinen Werkstätten rund um eine Lagune.
content-about-1 = Es begann mit einer Töpferin auf der Giudecca, die keinen Laden fand, der zweite Wahl auch so nennt. Vierzehn Werkstätten später schreiben wir noch immer auf, woraus ein Ding ist, wer es gemacht hat, wie groß es ist und wie man es wäscht.
content-about-2-heading = Preise und Vorrat
content-about-2 = Die Preise sind rund, weil die Werkstätten sie nennen. Vorrätig ist, was im Regal liegt: Wenige heißt drei oder weniger, und ausverkauft heißt, dass auch unter der Theke keins mehr ist.
content-about-3-heading = Richten
content-about-3 = Geht etwas kaputt, was nicht kaputtgehen sollte, richtet es, wer es gemacht hat. Das ist elfmal vorgekommen. Geht etwas kaputt, was kaputtgehen durfte, richten wir es auch, und berechnen das Boot.
content-about-4-heading = Wo wir sind
content-about-4 = In einem früheren Seillager auf der Giudecca, zweite Tür nach der Brücke. Werktags dürfen Sie klopfen. Öffnet niemand, sind wir in einer Werkstatt; die Bar nebenan weiß, in welcher.

content-delivery-title = Lieferung
content-delivery-lead = Ein Tag, keine Spanne.
content-delivery-1 = Wir packen werktags auf der Giudecca in Papier und Karton. Was heute bestellt wird, geht am nächsten Werktag hinaus, und auf der Seite jedes Dings steht, wann es bei Ihnen ist.
content-delivery-2-heading = Was sie kostet
content-delivery-2 = Der Preis hängt von Gewicht und Land ab. Ihre Tasche zeigt ihn, bevor Sie uns eine Adresse geben, und die Kasse zeigt jede Art, auf die wir liefern können.
content-delivery-3-heading = Worin sie kommt
content-delivery-3 = Papier, Karton und Schnur. Kein Plastik, nirgends im Karton. Glas reist in einem Nest aus zerkleinerten Druckfahnen aus Cannaregio, so lesen Sie beim Auspacken vielleicht ein wenig Goldoni.
content-delivery-4-heading = Wo sie ist
content-delivery-4 = Sobald Sie bestellt haben, schicken wir Ihnen eine Mail mit einem Link zu Ihrer Bestellung. Er zeigt, was bisher geschehen ist, ohne Anmeldung, solange Sie die Mail behalten.

content-returns-title = Rückgabe
content-returns-lead = Dreißig Tage, und gefragt wird nur nach der Adresse.
content-returns-1 = Schicken Sie es innerhalb von dreißig Tagen zurück, gern in dem Papier, in dem es kam. Es darf benutzt sein, solange es sich wieder benutzen lässt. Den ganzen Preis erstatten wir innerhalb von fünf Werktagen, nachdem es hier ist.
content-returns-2-heading = Unterwegs zerbrochen
content-returns-2 = Schicken Sie ein Bild statt der Scherben. Sie bekommen ein neues oder das Geld, wie Sie möchten.
content-returns-3-heading = Was nicht zurückkann
content-returns-3 = Seife, mit der gewaschen wurde, Kerzen, die gebrannt haben, und was auf Bestellung gemacht wurde. Das richten oder tauschen wir.
content-returns-4-heading = Wie
content-returns-4 = Schreiben Sie an die Adresse in der Mail zu Ihrer Bestellung und nennen Sie die Nummer. Am selben Tag bekommen Sie einen Aufkleber; der Kurier oder jede Post nimmt es von da an, auf unsere Kosten.
