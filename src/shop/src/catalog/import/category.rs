//! The categories that products are put into, by what imports call them.

use super::sql;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Steps of a `Product Category` that become categories, at most; Shopify's own taxonomy has no more.
const STEPS: usize = 8;
/// What stands between the steps of a path.
const WITHIN: &str = " > ";

/// The categories there are.
pub struct Categories {
    /// By source, in lower case.
    pub ids: HashMap<String, Uuid>,
    pub slugs: HashMap<Uuid, String>,
    parents: HashMap<Uuid, Uuid>,
    /// Whether one was made.
    pub is_any_new: bool,
}

/// A category on the way to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// None for one that is to be made.
    pub id: Option<Uuid>,
    /// What imports call it: those below the top by their whole path, as names come more than once in a tree; the last by its
    /// name alone.
    pub source: String,
}

impl Categories {
    pub async fn load(tx: &mut PgConnection) -> sqlx::Result<Self> {
        let mut categories = Self {
            ids: HashMap::new(),
            slugs: HashMap::new(),
            parents: HashMap::new(),
            is_any_new: false,
        };
        for row in sql::categories(tx).await? {
            categories.add(row.id, row.slug, &row.source, row.parent_id);
        }
        Ok(categories)
    }

    fn add(&mut self, id: Uuid, slug: String, source: &str, parent: Option<Uuid>) {
        self.ids.insert(source.to_lowercase(), id);
        self.slugs.insert(id, slug);
        self.parents.extend(parent.map(|parent| (id, parent)));
    }

    fn find(&self, source: &str) -> Option<Uuid> {
        self.ids.get(&source.to_lowercase()).copied()
    }

    /// The way to the category called `name`, of a product whose `Product Category` is `taxonomy`: `A > B > C` says what a new
    /// one lies in. One that is there stays where it is, and is its own way.
    pub fn way(&self, name: &str, taxonomy: &str) -> Vec<Step> {
        let last = |id| Step {
            id,
            source: name.to_owned(),
        };
        let steps = taxonomy.split('>').map(str::trim);
        let steps: Vec<&str> = steps.filter(|step| !step.is_empty()).collect();
        if let Some(id) = self.find(&steps.join(WITHIN)).filter(|_| {
            let own = steps.last();
            own.is_some_and(|own| own.to_lowercase() == name.to_lowercase())
        }) {
            return vec![last(Some(id))];
        }
        if let Some(id) = self.find(name) {
            return vec![last(Some(id))];
        }
        let mut way: Vec<Step> = Vec::with_capacity(steps.len());
        let above = steps.len().saturating_sub(1).min(STEPS - 1);
        for (depth, own) in steps[..above].iter().enumerate() {
            let path = steps[..=depth].join(WITHIN);
            // One that a product lies in is called by its name, and is the same when it lies in the same.
            let parent = way.last().and_then(|step| step.id);
            let by_name = || {
                let id = self.find(own)?;
                let fits =
                    self.parents.get(&id).copied() == parent && (depth == 0 || parent.is_some());
                fits.then_some(id)
            };
            let id = self.find(&path).or_else(by_name);
            way.push(Step { id, source: path });
            if own.to_lowercase() == name.to_lowercase() {
                return way;
            }
        }
        way.push(last(None));
        way
    }

    /// The last of a way, after those that are not there are made.
    pub async fn go(
        &mut self,
        tx: &mut PgConnection,
        way: Vec<Step>,
        new_id: &(dyn Fn() -> Uuid + Sync),
    ) -> sqlx::Result<Option<Uuid>> {
        let mut parent = None;
        for Step { id, source } in way {
            let id = match id {
                Some(id) => id,
                None => {
                    let id = new_id();
                    let name = source.rsplit('>').next().unwrap_or(&source).trim();
                    let name = if name.is_empty() { &source } else { name };
                    let slug = self.free_slug(name);
                    sql::add_category(tx, id, &slug, &source, name, parent).await?;
                    self.add(id, slug, &source, parent);
                    self.is_any_new = true;
                    id
                }
            };
            parent = Some(id);
        }
        Ok(parent)
    }

    fn free_slug(&self, name: &str) -> String {
        let plain = slugify(name);
        let mut slug = plain.clone();
        let mut number = 2;
        while self.slugs.values().any(|taken| *taken == slug) {
            slug = format!("{plain}-{number}");
            number += 1;
        }
        slug
    }
}

/// A name, fit to stand in a URL.
fn slugify(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' => slug.push('a'),
            'è' | 'é' | 'ê' | 'ë' => slug.push('e'),
            'ì' | 'í' | 'î' | 'ï' => slug.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' => slug.push('o'),
            'ù' | 'ú' | 'û' => slug.push('u'),
            'ç' => slug.push('c'),
            'ñ' => slug.push('n'),
            '\'' | '’' => {}
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "category".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Categories {
        let mut categories = Categories {
            ids: HashMap::new(),
            slugs: HashMap::new(),
            parents: HashMap::new(),
            is_any_new: false,
        };
        let [home, decor] = [1, 2].map(Uuid::from_u128);
        categories.add(home, "home".to_owned(), "Home", None);
        categories.add(decor, "decor".to_owned(), "Decor", Some(home));
        categories
    }

    #[test]
    fn a_new_category_lies_in_what_its_path_says() {
        let categories = tree();
        let way = |name: &str, taxonomy: &str| -> Vec<(String, bool)> {
            let steps = categories.way(name, taxonomy).into_iter();
            steps.map(|step| (step.source, step.id.is_some())).collect()
        };
        let step = |source: &str, is_there| (source.to_owned(), is_there);
        assert_eq!(
            way("Vases", "home > Decor > Vases"),
            [
                step("home", true),
                step("home > Decor", true),
                step("Vases", false)
            ]
        );
        assert_eq!(
            way("Bowls", "Garden > Decor > Bowls"),
            [
                step("Garden", false),
                step("Garden > Decor", false),
                step("Bowls", false)
            ],
            "another's Decor is not this one"
        );
        assert_eq!(way("DECOR", "Garden > Decor"), [step("DECOR", true)]);
        assert_eq!(
            way("Mugs", "Mugs > Mugs"),
            [step("Mugs", false)],
            "what is called as what it lies in is that"
        );
        assert_eq!(way("Mug", ""), [step("Mug", false)]);
        assert_eq!(way("Mug", " > "), [step("Mug", false)]);
        let deep = vec!["a"; 300].join(" > ");
        assert_eq!(way("Mug", &deep).len(), STEPS);
    }

    #[test]
    fn names_become_slugs() {
        assert_eq!(slugify("Home & Garden"), "home-garden");
        assert_eq!(slugify("Gläser — für Öl"), "glaeser-fuer-oel");
        assert_eq!(slugify("Men's"), "mens");
        assert_eq!(slugify("茶"), "category");
    }
}
