// The words that sample data is made of. Accents, apostrophes, ligatures and leading zeros on
// purpose: they are what breaks converters. Nobody in here exists; addresses end in domains that
// are reserved for examples.
#pragma once

#include <array>
#include <string_view>

namespace miroir::sample {

struct Word {
  std::string_view text;
  std::string_view ascii;  // For e-mail addresses.
};
struct Town {
  std::string_view postcode, city, country;
};

inline constexpr std::array first_names{
    Word{"Amélie", "amelie"},       Word{"Zoé", "zoe"},
    Word{"Loïc", "loic"},           Word{"Françoise", "francoise"},
    Word{"Jean-Noël", "jean-noel"}, Word{"Hélène", "helene"},
    Word{"Gaël", "gael"},           Word{"Marie", "marie"},
    Word{"Benoît", "benoit"},       Word{"Éric", "eric"},
    Word{"Inès", "ines"},           Word{"Camille", "camille"},
    Word{"Thérèse", "therese"},     Word{"Mathieu", "mathieu"},
    Word{"Océane", "oceane"},       Word{"Rémi", "remi"},
    Word{"Agnès", "agnes"},         Word{"Yannick", "yannick"},
    Word{"Chloé", "chloe"},         Word{"Anaïs", "anais"},
    Word{"Pierre", "pierre"},       Word{"Maëlys", "maelys"},
    Word{"Aïcha", "aicha"},         Word{"Théo", "theo"},
};

inline constexpr std::array last_names{
    Word{"Lefèvre", "lefevre"},     Word{"D'Aubigné", "daubigne"},  Word{"L'Hermite", "lhermite"},
    Word{"N'Diaye", "ndiaye"},      Word{"Le Goff", "legoff"},      Word{"Garçon", "garcon"},
    Word{"Noël", "noel"},           Word{"Œuvrard", "oeuvrard"},    Word{"Müller", "muller"},
    Word{"Béranger", "beranger"},   Word{"de La Tour", "delatour"}, Word{"Châtelain", "chatelain"},
    Word{"Benoît", "benoit"},       Word{"Dubois", "dubois"},       Word{"Martin", "martin"},
    Word{"Hébert", "hebert"},       Word{"Forêt", "foret"},         Word{"O'Brien", "obrien"},
    Word{"Peña", "pena"},           Word{"Durand", "durand"},       Word{"Cœurdevey", "coeurdevey"},
    Word{"Crépin", "crepin"},       Word{"Rousseau", "rousseau"},   Word{"Lemaître", "lemaitre"},
    Word{"Gonçalves", "goncalves"}, Word{"Maréchal", "marechal"},   Word{"Weiß", "weiss"},
};

inline constexpr std::array company_kinds{
    std::string_view{"Brasserie"},  std::string_view{"Cave"},
    std::string_view{"Hôtel"},      std::string_view{"Épicerie"},
    std::string_view{"Restaurant"}, std::string_view{"Auberge"},
    std::string_view{"Bar à vins"}, std::string_view{"Comité d'entreprise"},
};
inline constexpr std::array company_names{
    std::string_view{"L'Étoile d'Or"},
    std::string_view{"de l'Évêché"},
    std::string_view{"Chez Zoé"},
    std::string_view{"de la Gare"},
    std::string_view{"du Vieux Pressoir"},
    std::string_view{"Aux Trois Cœurs"},
    std::string_view{"L'Île aux Fêtes"},
    std::string_view{"des Forêts & Fils"},
    std::string_view{"Le Bœuf sur le Toit"},
    std::string_view{"Saint-Ange"},
};

inline constexpr std::array streets{
    std::string_view{"rue de l'Église"},          std::string_view{"place de la République"},
    std::string_view{"avenue Jean-Jaurès"},       std::string_view{"boulevard Émile-Zola"},
    std::string_view{"chemin des Vignes"},        std::string_view{"quai de la Saône"},
    std::string_view{"impasse de l'Abbé"},        std::string_view{"allée Joséphine"},
    std::string_view{"rue du Général-de-Gaulle"}, std::string_view{"rue des Frères-Lumière"},
    std::string_view{"cours de l'Île"},           std::string_view{"rue du Château-d'Eau"},
};
inline constexpr std::array address_details{
    std::string_view{"Bâtiment B"},       std::string_view{"2e étage à gauche"},
    std::string_view{"Résidence L'Orée"}, std::string_view{"Lieu-dit « La Forêt »"},
    std::string_view{"chez M. Béranger"}, std::string_view{"BP 0042"},
};

inline constexpr std::array towns{
    Town{"01000", "Bourg-en-Bresse", "FR"},
    Town{"06400", "Cannes", "FR"},
    Town{"33000", "Bordeaux", "FR"},
    Town{"21200", "Beaune", "FR"},
    Town{"69002", "Lyon", "FR"},
    Town{"75011", "Paris", "FR"},
    Town{"13001", "Marseille", "FR"},
    Town{"31000", "Toulouse", "FR"},
    Town{"44000", "Nantes", "FR"},
    Town{"67000", "Strasbourg", "FR"},
    Town{"68000", "Colmar", "FR"},
    Town{"02100", "Saint-Quentin", "FR"},
    Town{"51100", "Reims", "FR"},
    Town{"04000", "Digne-les-Bains", "FR"},
    Town{"08000", "Charleville-Mézières", "FR"},
    Town{"42000", "Saint-Étienne", "FR"},
    Town{"71000", "Mâcon", "FR"},
    Town{"84230", "Châteauneuf-du-Pape", "FR"},
    Town{"33330", "Saint-Émilion", "FR"},
    Town{"93400", "L'Haÿ-les-Roses", "FR"},
    Town{"03200", "Vichy", "FR"},
    Town{"05000", "Gap", "FR"},
    Town{"1000", "Bruxelles", "BE"},
    Town{"4000", "Liège", "BE"},
    Town{"1204", "Genève", "CH"},
    Town{"1003", "Lausanne", "CH"},
};

inline constexpr std::array estates{
    std::string_view{"Château La Croix d'Or"},  std::string_view{"Domaine de l'Évêque"},
    std::string_view{"Château Bel-Air"},        std::string_view{"Clos Saint-Rémy"},
    std::string_view{"Mas de la Grâce"},        std::string_view{"Domaine des Hêtres"},
    std::string_view{"Château L'Hermitage"},    std::string_view{"Cave de Beaumé"},
    std::string_view{"Domaine Œil-de-Perdrix"}, std::string_view{"Château Haut-Brûlé"},
};
inline constexpr std::array appellations{
    std::string_view{"Saint-Émilion Grand Cru"},
    std::string_view{"Côtes-du-Rhône"},
    std::string_view{"Pouilly-Fuissé"},
    std::string_view{"Gevrey-Chambertin"},
    std::string_view{"Crémant d'Alsace"},
    std::string_view{"Châteauneuf-du-Pape"},
    std::string_view{"Muscat de Beaumes-de-Venise"},
    std::string_view{"Entre-deux-Mers"},
    std::string_view{"Pic-Saint-Loup"},
    std::string_view{"Sancerre"},
};

inline constexpr std::array notes{
    std::string_view{"Livrer à l'arrière, sonner à l'interphone."},
    std::string_view{"C'est un cadeau : pas de facture dans le colis, s'il vous plaît."},
    std::string_view{"Fermé le lundi. Déposer chez le voisin (n° 12)."},
    std::string_view{"Emballage renforcé, merci !"},
};
inline constexpr std::array payment_terms{
    std::string_view{"COMPTANT"},
    std::string_view{"30J"},
    std::string_view{"60J"},
    std::string_view{"FDM"},
};

}  // namespace miroir::sample
