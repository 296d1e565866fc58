//! Looks for something in several ways at once.

use std::sync::Arc;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError, Term};

/// What the ways beside the best one count for.
const BESIDE: f32 = 0.1;

/// Documents that are found in any of these ways; the best of them counts. tantivy's own union reads and weighs four thousand
/// documents ahead, also where another clause of the question skips them: this one reads what it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    terms: Vec<(Term, Worth)>,
    others: Arc<Vec<Box<dyn Query>>>,
}

/// What finding a term counts for.
#[derive(Clone, Copy, Debug)]
enum Worth {
    /// So much of what BM25 says.
    Weighed(f32),
    Always(f32),
}

impl Ways {
    /// Also documents with that term, weighed by how much it says. Its field has norms.
    pub fn weighed(&mut self, term: Term, boost: f32) {
        self.terms.push((term, Worth::Weighed(boost)));
    }

    /// Also documents with that term, all worth the same.
    pub fn always(&mut self, term: Term, worth: f32) {
        self.terms.push((term, Worth::Always(worth)));
    }

    /// Also what these find.
    pub fn others(&mut self, others: Vec<Box<dyn Query>>) {
        self.others = Arc::new(others);
    }
}

impl Query for Ways {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let mut terms = Vec::with_capacity(self.terms.len());
        for (term, worth) in &self.terms {
            let weigh = match (scoring, *worth) {
                (
                    EnableScoring::Enabled {
                        statistics_provider,
                        ..
                    },
                    Worth::Weighed(boost),
                ) => {
                    let terms = std::slice::from_ref(term);
                    let bm25 = Bm25Weight::for_terms(statistics_provider, terms)?;
                    Weigh::Bm25(bm25.boost_by(boost))
                }
                (_, Worth::Weighed(worth) | Worth::Always(worth)) => Weigh::Always(worth),
            };
            terms.push((term.clone(), weigh));
        }
        let others = self.others.iter().map(|query| query.weight(scoring));
        Ok(Box::new(WaysWeight {
            terms,
            others: others.collect::<tantivy::Result<_>>()?,
        }))
    }
}

enum Weigh {
    Bm25(Bm25Weight),
    Always(f32),
}

struct WaysWeight {
    terms: Vec<(Term, Weigh)>,
    others: Vec<Box<dyn Weight>>,
}

impl Weight for WaysWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut ways = WaysScorer {
            docs: Vec::new(),
            ways: Vec::new(),
            doc: TERMINATED,
            max_doc: reader.max_doc(),
        };
        for (term, weigh) in &self.terms {
            let index = reader.inverted_index(term.field())?;
            let way = match weigh {
                Weigh::Bm25(bm25) => {
                    let found = index.read_postings(term, IndexRecordOption::WithFreqs)?;
                    let Some(postings) = found else { continue };
                    let norms = reader.get_fieldnorms_reader(term.field())?;
                    Way::Weighed(postings, norms, bm25.boost_by(boost))
                }
                Weigh::Always(worth) => {
                    let found = index.read_postings(term, IndexRecordOption::Basic)?;
                    let Some(postings) = found else { continue };
                    Way::Always(postings, worth * boost)
                }
            };
            ways.add(way);
        }
        for weight in &self.others {
            ways.add(Way::Other(weight.scorer(reader, boost)?));
        }
        Ok(Box::new(ways))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if scorer.doc() <= doc && scorer.seek(doc) == doc {
            return Ok(Explanation::new("the best of several ways", scorer.score()));
        }
        let what = format!("document {doc} does not match");
        Err(TantivyError::InvalidArgument(what))
    }
}

enum Way {
    Weighed(SegmentPostings, FieldNormReader, Bm25Weight),
    Always(SegmentPostings, f32),
    Other(Box<dyn Scorer>),
}

impl Way {
    fn doc(&self) -> DocId {
        match self {
            Self::Weighed(postings, ..) | Self::Always(postings, _) => postings.doc(),
            Self::Other(scorer) => scorer.doc(),
        }
    }

    fn advance(&mut self) -> DocId {
        match self {
            Self::Weighed(postings, ..) | Self::Always(postings, _) => postings.advance(),
            Self::Other(scorer) => scorer.advance(),
        }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        match self {
            Self::Weighed(postings, ..) | Self::Always(postings, _) => postings.seek(target),
            Self::Other(scorer) => scorer.seek(target),
        }
    }

    fn score(&mut self) -> Score {
        match self {
            Self::Weighed(postings, norms, bm25) => {
                bm25.score(norms.fieldnorm_id(postings.doc()), postings.term_freq())
            }
            Self::Always(_, worth) => *worth,
            Self::Other(scorer) => scorer.score(),
        }
    }

    fn size_hint(&self) -> u32 {
        match self {
            Self::Weighed(postings, ..) | Self::Always(postings, _) => postings.size_hint(),
            Self::Other(scorer) => scorer.size_hint(),
        }
    }
}

struct WaysScorer {
    /// Where each way stands: never behind `doc`, the first of them.
    docs: Vec<DocId>,
    ways: Vec<Way>,
    doc: DocId,
    max_doc: DocId,
}

impl WaysScorer {
    fn add(&mut self, way: Way) {
        let doc = way.doc();
        if doc != TERMINATED {
            self.docs.push(doc);
            self.ways.push(way);
            self.doc = self.doc.min(doc);
        }
    }
}

impl DocSet for WaysScorer {
    fn advance(&mut self) -> DocId {
        let here = self.doc;
        if here == TERMINATED {
            return TERMINATED;
        }
        let mut first = TERMINATED;
        for (doc, way) in self.docs.iter_mut().zip(&mut self.ways) {
            if *doc == here {
                *doc = way.advance();
            }
            first = first.min(*doc);
        }
        self.doc = first;
        first
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc >= target {
            return self.doc;
        }
        let mut first = TERMINATED;
        for (doc, way) in self.docs.iter_mut().zip(&mut self.ways) {
            if *doc < target {
                *doc = way.seek(target);
            }
            first = first.min(*doc);
        }
        self.doc = first;
        first
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        let each = self.ways.iter().map(Way::size_hint);
        each.fold(0, u32::saturating_add).min(self.max_doc)
    }
}

impl Scorer for WaysScorer {
    fn score(&mut self) -> Score {
        let (mut best, mut sum) = (0.0_f32, 0.0);
        for (doc, way) in self.docs.iter().zip(&mut self.ways) {
            if *doc == self.doc {
                let score = way.score();
                best = best.max(score);
                sum += score;
            }
        }
        best + (sum - best) * BESIDE
    }
}
